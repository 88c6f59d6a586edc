import { logicalAnd, logicalNot, logicalOr, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { alignMask, nonzero } from '../ops/mask.js';

/**
 * True where all masks are nonzero, such as `andMasks(paddingMask(ids, 0), causalMask(length))`.
 *
 * @param masks at least one, int32, bool or float32. Their ranks say what they are, as in the attentions: (B, S), (B, T, S)
 *   or (B, H, T, S), where axes may be 1.
 * @returns bool, of the largest rank among them, each axis as long as the longest
 * @throws RangeError if there is no mask, one has another rank, or an axis has two lengths besides 1
 */
export function andMasks(...masks: Tensor[]): Tensor {
  return combine(masks, logicalAnd);
}

/**
 * True where any mask is nonzero.
 *
 * @see andMasks for what it takes and gives
 */
export function orMasks(...masks: Tensor[]): Tensor {
  return combine(masks, logicalOr);
}

/** True where the mask is zero; bool, of the mask's shape. */
export function notMask(mask: Tensor): Tensor {
  return tidy(() => logicalNot(nonzero(mask)));
}

function combine(masks: Tensor[], both: (a: Tensor, b: Tensor) => Tensor): Tensor {
  if (masks.length === 0) throw new RangeError('masks must be one or more, but are none');
  const rank = Math.max(...masks.map((mask) => mask.rank));
  return tidy(() => {
    const aligned = masks.map((mask) => {
      const flags = nonzero(mask);
      return rank === 2 && mask.rank === 2 ? flags : alignMask(flags, rank === 4 ? 4 : 3);
    });
    checkAxes(masks, aligned);
    return aligned.reduce(both).clone();
  });
}

function checkAxes(masks: Tensor[], aligned: Tensor[]): void {
  const fits = aligned[0]!.shape.every((_, axis) => {
    const lengths = new Set(aligned.map(({ shape }) => shape[axis]!));
    lengths.delete(1);
    return lengths.size <= 1;
  });
  if (!fits) {
    const shapes = masks.map(({ shape }) => `[${shape}]`).join(' and ');
    throw new RangeError(`masks must have axes of the same length or 1, but have the shapes ${shapes}`);
  }
}
