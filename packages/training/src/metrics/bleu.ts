import { BLEU_TOKENIZERS } from './bleu_tokenizers.js';
import { type Counts, countNgrams, overlap, total } from './ngrams.js';
import { trimEnd } from './python_text.js';
import { type References, referenceStreams } from './references.js';

export interface BleuOptions {
  /** See `BLEU_TOKENIZERS`. Default: `13a`. */
  readonly tokenize?: keyof typeof BLEU_TOKENIZERS | undefined;
  readonly lowercase?: boolean | undefined;
  /**
   * What an order without a match counts as. `exp` (default): 1/2, 1/4, … of one match, as in mteval-v13a; `floor`:
   * smoothValue matches; `add-k`: smoothValue is added to the matches and totals of all orders but the first; `none`:
   * nothing, and the score is 0.
   */
  readonly smoothing?: 'exp' | 'floor' | 'add-k' | 'none' | undefined;
  /** Default: 0.1 for `floor`, 1 for `add-k`. */
  readonly smoothValue?: number | undefined;
  /** Leaves out the orders for which the hypotheses are too short. Default: only for `sentenceBleu`. */
  readonly effectiveOrder?: boolean | undefined;
  /** Longest n-gram, 4 by default. */
  readonly maxOrder?: number | undefined;
}

export interface BleuScore {
  /** From 0 to 100. */
  readonly score: number;
  /** N-grams that a reference has as well, for orders from 1; with `add-k`, what was added included. */
  readonly counts: number[];
  /** N-grams of the hypotheses; with `add-k`, what was added included. */
  readonly totals: number[];
  /** In percent, smoothed. */
  readonly precisions: number[];
  readonly brevityPenalty: number;
  /** Tokens of the hypotheses. */
  readonly sysLen: number;
  /** Tokens of the references, of each sentence the one of closest length. */
  readonly refLen: number;
}

/**
 * BLEU of a corpus, equal to sacreBLEU 2: brevityPenalty · exp(Σ log precision_n / N), n from 1 to N = maxOrder, with
 * matches and lengths summed over the sentences, and brevityPenalty = min(1, exp(1 − refLen / sysLen)).
 *
 * @throws RangeError if there is no hypothesis, or a stream has not one reference for each.
 * @see Papineni et al. (2002), https://aclanthology.org/P02-1040; Post (2018), https://aclanthology.org/W18-6319
 * @example
 * bleu(['the cat sat on the mat'], ['the cat is on the mat']).precisions[0]; // => 83.33333333333333
 */
export function bleu(
  hypotheses: readonly string[],
  references: References,
  options: BleuOptions = {},
): BleuScore {
  const { tokenize = '13a', lowercase = false, maxOrder = 4 } = options;
  const streams = referenceStreams(hypotheses, references);
  const tokens = (text: string) => BLEU_TOKENIZERS[tokenize](trimEnd(lowercase ? text.toLowerCase() : text));

  const counts = new Array<number>(maxOrder).fill(0);
  const totals = new Array<number>(maxOrder).fill(0);
  let sysLen = 0;
  let refLen = 0;
  hypotheses.forEach((hypothesis, index) => {
    const words = tokens(hypothesis);
    const references = streams.map((stream) => tokens(stream[index]!));
    for (let order = 1; order <= maxOrder; order++) {
      const ngrams = countNgrams(words, order, ' ');
      const most = maximum(references.map((reference) => countNgrams(reference, order, ' ')));
      counts[order - 1]! += overlap(ngrams, most);
      totals[order - 1]! += total(ngrams);
    }
    sysLen += words.length;
    refLen += closestLength(words.length, references);
  });
  return scoreOf({ counts, totals, sysLen, refLen }, options);
}

/** BLEU of one sentence against its references; as `bleu`, with effectiveOrder unless it is turned off. */
export function sentenceBleu(
  hypothesis: string,
  references: string | readonly string[],
  options: BleuOptions = {},
): BleuScore {
  const streams = (typeof references === 'string' ? [references] : references).map((text) => [text]);
  return bleu([hypothesis], streams, { effectiveOrder: true, ...options });
}

type Statistics = Pick<BleuScore, 'counts' | 'totals' | 'sysLen' | 'refLen'>;

/** The score, from what was counted over the corpus. */
function scoreOf({ counts, totals, sysLen, refLen }: Statistics, options: BleuOptions): BleuScore {
  const { smoothing = 'exp', effectiveOrder = false } = options;
  const smoothValue = options.smoothValue ?? (smoothing === 'floor' ? 0.1 : 1);
  const maxOrder = counts.length;
  const precisions = new Array<number>(maxOrder).fill(0);
  const brevityPenalty = sysLen >= refLen ? 1 : sysLen > 0 ? Math.exp(1 - refLen / sysLen) : 0;
  const result = { counts, totals, precisions, brevityPenalty, sysLen, refLen };
  if (counts.every((count) => count === 0)) return { score: 0, ...result };

  let exponential = 1;
  let orders = maxOrder;
  for (let n = 0; n < maxOrder; n++) {
    if (smoothing === 'add-k' && n > 0) {
      counts[n]! += smoothValue;
      totals[n]! += smoothValue;
    }
    if (totals[n] === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (counts[n]! > 0) {
      precisions[n] = (100 * counts[n]!) / totals[n]!;
    } else if (smoothing === 'exp') {
      exponential *= 2;
      precisions[n] = 100 / (exponential * totals[n]!);
    } else if (smoothing === 'floor') {
      precisions[n] = (100 * smoothValue) / totals[n]!;
    }
  }
  const logarithms = precisions.slice(0, orders).map((precision) => Math.log(precision));
  const mean = logarithms.reduce((sum, logarithm) => sum + logarithm, 0) / orders;
  return { score: brevityPenalty * Math.exp(mean), ...result };
}

/** For each n-gram of the references, how often the one that has most of it has it. */
function maximum(references: readonly Counts[]): Counts {
  const [first, ...others] = references as [Counts, ...Counts[]];
  for (const counts of others) {
    for (const [ngram, count] of counts) first.set(ngram, Math.max(first.get(ngram) ?? 0, count));
  }
  return first;
}

/** The length of the reference that is closest to the hypothesis; of two, the shorter. */
function closestLength(length: number, references: readonly string[][]): number {
  return references
    .map((reference) => reference.length)
    .reduce((best, other) => {
      const nearer = Math.abs(other - length) - Math.abs(best - length);
      return nearer < 0 || (nearer === 0 && other < best) ? other : best;
    });
}
