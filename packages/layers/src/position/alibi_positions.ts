import { cast, expandDims, mul, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayerArgs, register, type Shapes } from '../layer.js';
import { BiasPositions } from './bias_positions.js';
import { distances } from './distances.js';

export type AlibiPositionsArgs = LayerArgs;

/**
 * ALiBi, attention with linear biases: adds slope_h · (j − i) to the score of query i and key j in head h. With causal
 * attention, which it was made for, it lowers what is further away.
 *
 * - as a part, and inputs and output as a layer: see {@link BiasPositions}
 *
 * Slopes are 2^(−8/H), 2^(−16/H), …; for H that is no power of two those of the power of two below, then every other slope of
 * the power above.
 *
 * @see Press et al. (2022), https://arxiv.org/abs/2108.12409
 */
export class AlibiPositions extends BiasPositions {
  static readonly className = 'ChuiAlibiPositions';
  private slopes!: Tensor;

  override build(shapes: Shapes): void {
    const heads = this.computeOutputShape(shapes)[1]!;
    this.slopes = this.constant(tensor(alibiSlopes(heads), [1, heads, 1, 1]));
    super.build(shapes);
  }

  override bias(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const ahead = cast(distances(queryLength, keyLength, first), 'float32'); // (1 or B, T, S)
      return mul(this.slopes, expandDims(ahead, 1)); // (1 or B, H, T, S)
    });
  }
}
register(AlibiPositions);

export const alibiPositions = (args: AlibiPositionsArgs = {}) => new AlibiPositions(args);

/** The slope of each of H heads. */
function alibiSlopes(heads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(heads));
  const slopes = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const others = slopes(2 * power).filter((_, i) => i % 2 === 0);
  return [...slopes(power), ...others.slice(0, heads - power)];
}
