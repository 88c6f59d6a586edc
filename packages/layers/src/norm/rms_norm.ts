import { add, mean, mul, rsqrt, type serialization, square, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { ones } from '../initializers.js';
import { Layer, type LayerArgs, register, type Shapes, type Tensors } from '../layer.js';

/** Options of `RMSNorm`. */
export interface RMSNormArgs extends LayerArgs {
  /** Added to the mean of the squares. Default 1e-6. */
  epsilon?: number;
}

/**
 * Root mean square normalisation over the last axis: γ ⊙ x / √(mean x² + ε).
 *
 * - input: x (…, D)
 * - output: (…, D)
 * - weights: `gamma` (D), in PyTorch weight
 *
 * @throws RangeError if epsilon is not positive.
 * @see Zhang and Sennrich (2019), https://arxiv.org/abs/1910.07467; the default of epsilon is that of Hugging Face's Llama
 */
export class RMSNorm extends Layer {
  static readonly className = 'ChuiRMSNorm';
  readonly epsilon: number;
  private gamma!: LayerVariable;

  constructor({ epsilon = 1e-6, ...args }: RMSNormArgs = {}) {
    super(args);
    if (!(epsilon > 0)) throw new RangeError(`epsilon must be positive, but is ${epsilon}`);
    this.epsilon = epsilon;
  }

  override build(shapes: Shapes): void {
    this.gamma = this.weight('gamma', [(shapes as Shape).at(-1)!], ones());
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => {
      const scale = rsqrt(add(mean(square(x), -1, true), this.epsilon)); // (…, 1)
      return mul(mul(x, scale), this.gamma.read());
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
register(RMSNorm);

/** @see RMSNorm */
export const rmsNorm = (args: RMSNormArgs = {}) => new RMSNorm(args);
