import { add, matMul, type Tensor } from '@tensorflow/tfjs-core';
import { HeadedAttention, type HeadedAttentionArgs } from '../headed_attention.js';
import type { Memory } from '../scored_attention.js';
import { skew, skewDistances } from './skew.js';

/** What the constructor of an attention by distances takes. */
export type RelativeAttentionArgs = Omit<HeadedAttentionArgs, 'positions'>;

/**
 * Base of the attentions with heads in which a query asks keys, and how far ahead they are, j − i: score = q'_i · k_j + q''_i ·
 * r_{j−i}. A query meets r of each distance once, and its products are then moved to the slots, so that no vectors of pairs are
 * held.
 *
 * @throws RangeError if there are positions besides
 */
export abstract class RelativeAttention extends HeadedAttention {
  constructor(args: RelativeAttentionArgs) {
    super(args);
    if (this.positions) {
      throw new RangeError(
        `positions must be left out of relative attention, but are ${this.positions.getClassName()}`,
      );
    }
  }

  /** What is asked of keys and what of distances, (B, H, T, K) each. */
  protected abstract asked(query: Tensor): [ofKeys: Tensor, ofDistances: Tensor];
  /** Scores of distances j − i, int32 (1 or B, L), by what is asked of them: (B, H, T, L). */
  protected abstract scoreDistances(queries: Tensor, distances: Tensor): Tensor;

  override scores(query: Tensor, { keys }: Memory, first?: Tensor): Tensor {
    const [ofKeys, ofDistances] = this.asked(query);
    const distances = this.distances(query.shape[1]!, keys.shape[2]!, first);
    const content = matMul(ofKeys, keys, false, true); // (B, H, T, S)
    return add(content, skew(this.scoreDistances(ofDistances, distances)));
  }

  /** Distances j − i of the columns of `skew`, int32 (1 or B, T + S). */
  protected distances(length: number, slots: number, first?: Tensor): Tensor {
    return skewDistances(length, slots, first ?? this.firstSlot?.(length, slots));
  }

  protected override isPlain(): boolean {
    return false;
  }
}
