import { softmax } from './pipeline_task.js';

/** A span of tokens, and its probability to be the answer. */
export interface AnswerSpan {
  start: number;
  /** Its last token. */
  end: number;
  score: number;
}

/** Which spans there may be. */
export interface AnswerSpanOptions {
  /** Whether each token may be in an answer; also that of the classification token, which stands for no answer. */
  allowed: readonly boolean[];
  /** Most tokens of an answer. */
  maxAnswerLen: number;
  /** How many are given at most. */
  count: number;
}

/**
 * The likeliest spans of a window, and the probability that there is no answer: that of the first token as start and as end. A
 * span's probability is that of its start times that of its end, each over the tokens that are allowed.
 *
 * @see `select_starts_ends` in Hugging Face's library, whose results these are but for spans of probability 0, which are left out;
 *   Chen et al. (2017), https://arxiv.org/abs/1704.00051
 */
export function bestSpans(
  startLogits: ArrayLike<number>,
  endLogits: ArrayLike<number>,
  { allowed, maxAnswerLen, count }: AnswerSpanOptions,
): { spans: AnswerSpan[]; nullScore: number } {
  const masked = (logits: ArrayLike<number>) => allowed.map((may, i) => (may ? logits[i]! : -10000));
  const starts = softmax(masked(startLogits));
  const ends = softmax(masked(endLogits));
  const nullScore = starts[0]! * ends[0]!;
  starts[0] = 0;
  ends[0] = 0;
  const spans: AnswerSpan[] = [];
  for (let start = 0; start < starts.length; start++) {
    for (let end = start; end < Math.min(ends.length, start + maxAnswerLen); end++) {
      const score = starts[start]! * ends[end]!;
      if (score > 0 && allowed[start] && allowed[end]) spans.push({ start, end, score });
    }
  }
  return { spans: spans.sort((a, b) => b.score - a.score).slice(0, count), nullScore };
}
