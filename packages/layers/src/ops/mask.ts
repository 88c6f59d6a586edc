import { cast, expandDims, mul, notEqual, reshape, scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { notAfter } from '../mask/places.js';

/** Far below every score that occurs, and far from the least float32, so that a score may be added to it. */
const BLOCKED = 1e38;

/** A mask as the scores need it, made once per memory. */
export interface AttentionMask {
  /** 1 where a query may attend and 0 elsewhere, float32, broadcastable to the scores. */
  readonly allowed: Tensor;
  /** 0 where a query may attend and about −∞ elsewhere, to be added to the scores. */
  readonly penalty: Tensor;
}

/**
 * Brings a mask to the rank of the scores: 3 for (B, T, S), 4 for (B, H, T, S).
 *
 * @param mask int32, bool or float32; nonzero = may attend. Its rank says what it is: (B, S) for slots that no query
 *   may see, such as padding; (B, T, S), the same for every head; (B, H, T, S). Axes may be 1.
 * @throws RangeError if the mask has another rank, or heads where the scores have none.
 */
export function attentionMask(mask: Tensor, rank: 3 | 4): AttentionMask {
  return maskOf(alignMask(cast(nonzero(mask), 'float32'), rank));
}

/** The mask as bool, of the same shape. */
export function nonzero(mask: Tensor): Tensor {
  return mask.dtype === 'bool' ? mask : notEqual(mask, scalar(0, mask.dtype));
}

/** The mask of flags 1 and 0, float32, which have the rank of the scores already. */
export function maskOf(allowed: Tensor): AttentionMask {
  return { allowed, penalty: mul(sub(allowed, 1), BLOCKED) };
}

/** A mask that also hides from query t every slot after first + t: (B, T, S), or (B, H, T, S) if the mask has heads. */
export function causalMask(targetLength: number, sourceLength: number, mask?: Tensor, first = 0): Tensor {
  const past = cast(notAfter(targetLength, sourceLength, first), 'float32'); // (T, S)
  if (!mask) return expandDims(past, 0); // (1, T, S)
  const { allowed } = attentionMask(mask, mask.rank === 4 ? 4 : 3);
  return mul(allowed, past);
}

/** A mask (B, S), (B, T, S) or (B, H, T, S) with axes of 1 where it has none. */
export function alignMask(mask: Tensor, rank: 3 | 4): Tensor {
  if (mask.rank < 2 || mask.rank > 4) {
    throw new RangeError(
      `mask must be of shape (B, S), (B, T, S) or (B, H, T, S), but has shape [${mask.shape}]`,
    );
  }
  const [batch, heads] = mask.shape as [number, number];
  if (mask.rank === 2) return reshape(mask, rank === 3 ? [batch, 1, heads] : [batch, 1, 1, heads]);
  if (mask.rank === rank) return mask;
  if (rank === 4) return expandDims(mask, 1); // (B, T, S) → (B, 1, T, S)
  if (heads !== 1) {
    throw new RangeError(`mask must have one head for an attention without heads, but has ${heads}`);
  }
  return reshape(mask, [batch, ...mask.shape.slice(2)]); // (B, 1, T, S) → (B, T, S)
}
