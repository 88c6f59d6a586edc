import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform, zeros } from '../initializers.js';
import { Layer, type LayerArgs, positiveInteger, register, type Shapes, type Tensors } from '../layer.js';
import { type Activation, activation } from '../ops/activation.js';
import { linear as project } from '../ops/linear.js';

/** Options of `Linear`. */
export interface LinearArgs extends LayerArgs {
  /** Width O of the output. */
  units: number;
  /** Default true. */
  useBias?: boolean;
  /** Of the sum. Default `linear`, which is none. */
  activation?: Activation;
}

/**
 * act(x · W + b) over the last axis.
 *
 * - input: x (…, I)
 * - output: (…, O)
 * - weights: `kernel` W (I, O), `bias` b (O)
 *
 * @throws RangeError if units is not a positive integer, or the activation is unknown.
 */
export class Linear extends Layer {
  static readonly className = 'ChuiLinear';
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: Activation;
  private readonly act: (x: Tensor) => Tensor;
  private kernel!: LayerVariable;
  private bias?: LayerVariable;

  constructor({ units, useBias = true, activation: name = 'linear', ...args }: LinearArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.useBias = useBias;
    this.activation = name;
    this.act = activation(name);
  }

  override build(shapes: Shapes): void {
    const width = (shapes as Shape).at(-1)!;
    this.kernel = this.weight('kernel', [width, this.units], glorotUniform());
    if (this.useBias) this.bias = this.weight('bias', [this.units], zeros());
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => this.act(project(x, this.kernel.read(), this.bias?.read())));
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return [...(shapes as Shape).slice(0, -1), this.units];
  }

  override getConfig(): serialization.ConfigDict {
    const { units, useBias, activation } = this;
    return { ...super.getConfig(), units, useBias, ...(activation !== 'linear' && { activation }) };
  }
}
register(Linear);

/** @see Linear */
export const linear = (args: LinearArgs) => new Linear(args);
