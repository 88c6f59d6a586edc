import { layerNorm as normalise } from '@chui/runtime';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { ones, zeros } from '../initializers.js';
import { Layer, type LayerArgs, register, type Shapes, type Tensors } from '../layer.js';

/** Options of `LayerNorm`. */
export interface LayerNormArgs extends LayerArgs {
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
}

/**
 * Layer normalisation over the last axis: γ ⊙ (x − mean) / √(variance + ε) + β.
 *
 * - input: x (…, D)
 * - output: (…, D)
 * - weights: `gamma` (D) and `beta` (D), in PyTorch weight and bias
 *
 * @throws RangeError if epsilon is not positive.
 * @see Ba et al. (2016), https://arxiv.org/abs/1607.06450
 */
export class LayerNorm extends Layer {
  static readonly className = 'ChuiLayerNorm';
  readonly epsilon: number;
  private gamma!: LayerVariable;
  private beta!: LayerVariable;

  constructor({ epsilon = 1e-5, ...args }: LayerNormArgs = {}) {
    super(args);
    if (!(epsilon > 0)) throw new RangeError(`epsilon must be positive, but is ${epsilon}`);
    this.epsilon = epsilon;
  }

  override build(shapes: Shapes): void {
    const width = (shapes as Shape).at(-1)!;
    this.gamma = this.weight('gamma', [width], ones());
    this.beta = this.weight('beta', [width], zeros());
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return normalise(x, this.gamma.read(), this.beta.read(), this.epsilon);
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
register(LayerNorm);

/** @see LayerNorm */
export const layerNorm = (args: LayerNormArgs = {}) => new LayerNorm(args);
