import type { LogitsProcessor } from './logits_processor.js';

/**
 * Scores of tokens that are there already are divided by the penalty, or multiplied where they are below 0.
 *
 * @see Keskar et al. (2019), section 4.1, https://arxiv.org/abs/1909.05858
 */
export const repetitionPenalty =
  (penalty: number): LogitsProcessor =>
  (scores, { ids, padding = 0 }) => {
    for (const id of new Set(ids.slice(padding))) scores[id]! *= scores[id]! < 0 ? penalty : 1 / penalty;
  };

/** Takes so much from the scores of tokens that were chosen, once, and so much for each time. */
export const countPenalty =
  ({ presence = 0, frequency = 0 }: { presence?: number; frequency?: number }): LogitsProcessor =>
  (scores, { ids, promptLength }) => {
    const counts = new Map<number, number>();
    for (const id of ids.slice(promptLength)) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) scores[id]! -= presence + frequency * count;
  };

/** Rules out the tokens that would end an n-gram which is there already. */
export const noRepeatNgrams =
  (size: number): LogitsProcessor =>
  (scores, { ids }) => {
    const end = ids.length - size + 1;
    for (let start = 0; start < end; start++) {
      let same = true;
      for (let i = 0; same && i < size - 1; i++) same = ids[start + i] === ids[end + i];
      if (same) scores[ids[start + size - 1]!] = -Infinity;
    }
  };

/** Rules out the last token of each of these sequences, where the others stand before it. */
export const noBadWords =
  (sequences: readonly (readonly number[])[]): LogitsProcessor =>
  (scores, { ids }) => {
    for (const sequence of sequences) {
      const before = sequence.slice(0, -1);
      const from = ids.length - before.length;
      if (from >= 0 && before.every((id, i) => ids[from + i] === id)) scores[sequence.at(-1)!] = -Infinity;
    }
  };

/** Rules out these tokens. */
export const suppressTokens =
  (tokens: readonly number[]): LogitsProcessor =>
  (scores) => {
    for (const token of tokens) scores[token] = -Infinity;
  };
