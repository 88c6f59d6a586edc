import {
  cast,
  cumsum,
  expandDims,
  max,
  minimum,
  notEqual,
  pad,
  reshape,
  scalar,
  slice,
  type Tensor,
  tile,
} from '@tensorflow/tfjs-core';

/** Whether a mask of any rank is the same for every query. */
export const isOfSlots = (mask: Tensor): boolean => mask.shape.slice(1, -1).every((size) => size === 1);

/**
 * A mask that is the same for every query as flags 1 and 0, float32: (B, S).
 *
 * @throws RangeError if it is not
 */
export function slotsOf(mask: Tensor): Tensor {
  if (!isOfSlots(mask)) {
    throw new RangeError(`mask must be the same for every query, (B, S), but has shape [${mask.shape}]`);
  }
  const slots = reshape(mask, [mask.shape[0]!, mask.shape.at(-1)!]);
  return cast(slots.dtype === 'bool' ? slots : notEqual(slots, scalar(0, slots.dtype)), 'float32');
}

/** Flags (B or 1, S or 1) for each head of each sequence: (B·H, S, 1). */
export function slotsOfHeads(slots: Tensor, batch: number, heads: number, length: number): Tensor {
  const [given, size] = slots.shape as [number, number];
  const whole = tile(reshape(slots, [given, 1, size, 1]), [batch / given, heads, length / size, 1]);
  return reshape(whole, [batch * heads, length, 1]);
}

/**
 * Which queries may attend to any of the slots (B, S): (B, 1, 1), or, if query t sees those up to slot t, (B, T, 1) for
 * `causalLength` T.
 */
export function attendsToAny(slots: Tensor, causalLength?: number): Tensor {
  if (causalLength === undefined) return expandDims(max(slots, 1, true), -1);
  const source = slots.shape[1]!;
  const seen = slice(slots, [0, 0], [-1, Math.min(source, causalLength)]);
  const longer = pad(seen, [
    [0, 0],
    [0, causalLength - seen.shape[1]!],
  ]);
  return expandDims(minimum(cumsum(longer, 1), 1), -1);
}
