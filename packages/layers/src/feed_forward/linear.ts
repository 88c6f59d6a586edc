import { add, type serialization, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
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

/** What an adapter adds to a linear layer. */
interface LinearAddition {
  /** Its weights, which are the layer's as long as it is there. */
  readonly weights: readonly LayerVariable[];
  /** (…, I) → (…, O) */
  call(x: Tensor): Tensor;
}

const byKernel = new WeakMap<Variable, Linear>();

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
  private addition?: LinearAddition | undefined;

  /** The layer that has this kernel. */
  static ofKernel(kernel: Variable): Linear | undefined {
    return byKernel.get(kernel);
  }

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
    byKernel.set(this.kernel.read() as Variable, this);
    super.build(shapes);
  }

  /**
   * Adds something to x · W + b, before the activation, until it is called without anything. Then the caller disposes the
   * weights; else they go with the layer's.
   */
  adapt(addition?: LinearAddition): void {
    this.addition = addition;
    this.trainableWeights = [
      this.kernel,
      ...(this.bias ? [this.bias] : []),
      ...(addition ? addition.weights : []),
    ];
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => {
      const sum = project(x, this.kernel.read(), this.bias?.read());
      return this.act(this.addition ? add(sum, this.addition.call(x)) : sum);
    });
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
