import { type Counts, countNgrams, overlap, total } from './ngrams.js';
import { splitWords } from './python_text.js';
import { type References, referenceStreams } from './references.js';

export interface ChrfOptions {
  /** Longest n-gram of characters (Unicode code points), 6 by default. */
  readonly charOrder?: number | undefined;
  /** Longest n-gram of words, 0 by default; 2 makes it chrF++. */
  readonly wordOrder?: number | undefined;
  /** How much more recall weighs than precision, 2 by default. */
  readonly beta?: number | undefined;
  readonly lowercase?: boolean | undefined;
  /** Counts white space as characters. Default: no. */
  readonly whitespace?: boolean | undefined;
  /** Averages the F-scores of all orders, as chrF++.py does, instead of the precisions and recalls of those that occur. */
  readonly epsSmoothing?: boolean | undefined;
}

/** N-grams of one order: of the hypothesis, of the reference, of both. */
type Matches = readonly [hypothesis: number, reference: number, both: number];

/**
 * chrF of a corpus, from 0 to 100, equal to sacreBLEU 2: (1 + β²) P R / (β² P + R), where P and R are the precision and
 * the recall of n-grams, averaged over the orders; of several references, the best of each sentence counts.
 *
 * @throws RangeError if there is no hypothesis, or a stream has not one reference for each.
 * @see Popović (2015), https://aclanthology.org/W15-3049; Popović (2017), https://aclanthology.org/W17-4770
 */
export function chrf(
  hypotheses: readonly string[],
  references: References,
  options: ChrfOptions = {},
): number {
  const streams = referenceStreams(hypotheses, references);
  const sums: Matches[] = [];
  hypotheses.forEach((hypothesis, index) => {
    const ngrams = allNgrams(hypothesis, options);
    let best: Matches[] = [];
    let bestScore = -1;
    for (const stream of streams) {
      const matches = matchesOf(ngrams, allNgrams(stream[index]!, options));
      const score = fScore(matches, options);
      if (score > bestScore) {
        best = matches;
        bestScore = score;
      }
    }
    best.forEach((matches, order) => {
      const [hypothesis, reference, both] = sums[order] ?? [0, 0, 0];
      sums[order] = [hypothesis + matches[0], reference + matches[1], both + matches[2]];
    });
  });
  return fScore(sums, options);
}

/** chrF of one sentence against its references. */
export function sentenceChrf(
  hypothesis: string,
  references: string | readonly string[],
  options: ChrfOptions = {},
): number {
  const streams = (typeof references === 'string' ? [references] : references).map((text) => [text]);
  return chrf([hypothesis], streams, options);
}

/** The n-grams of characters, order by order, then those of words. */
function allNgrams(text: string, options: ChrfOptions): Counts[] {
  const { charOrder = 6, wordOrder = 0, lowercase = false, whitespace = false } = options;
  const line = lowercase ? text.toLowerCase() : text;
  const characters = [...(whitespace ? line : splitWords(line).join(''))];
  const words = splitWords(line).flatMap(splitPunctuation);
  return [
    ...Array.from({ length: charOrder }, (_, order) => countNgrams(characters, order + 1, '')),
    ...Array.from({ length: wordOrder }, (_, order) => countNgrams(words, order + 1, ' ')),
  ];
}

const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** A punctuation mark at a word's end, else at its beginning, is a word of its own. */
function splitPunctuation(word: string): string[] {
  const characters = [...word];
  if (characters.length === 1) return [word];
  if (PUNCTUATION.has(word.at(-1)!)) return [word.slice(0, -1), word.at(-1)!];
  if (PUNCTUATION.has(word[0]!)) return [word[0]!, word.slice(1)];
  return [word];
}

function matchesOf(hypothesis: readonly Counts[], reference: readonly Counts[]): Matches[] {
  return hypothesis.map((ngrams, order) => {
    const others = reference[order]!;
    return [others.size > 0 ? total(ngrams) : 0, total(others), overlap(ngrams, others)];
  });
}

function fScore(matches: readonly Matches[], { beta = 2, epsSmoothing = false }: ChrfOptions): number {
  const epsilon = 1e-16;
  const factor = beta ** 2;
  const f = (precision: number, recall: number) =>
    ((1 + factor) * precision * recall) / (factor * precision + recall);
  let scores = 0;
  let precisions = 0;
  let recalls = 0;
  let orders = 0;
  for (const [hypothesis, reference, both] of matches) {
    const precision = hypothesis > 0 ? both / hypothesis : epsilon;
    const recall = reference > 0 ? both / reference : epsilon;
    scores += factor * precision + recall > 0 ? f(precision, recall) : epsilon;
    if (hypothesis > 0 && reference > 0) {
      precisions += precision;
      recalls += recall;
      orders++;
    }
  }
  if (epsSmoothing) return (100 * scores) / matches.length;
  return precisions + recalls > 0 ? 100 * f(precisions / orders, recalls / orders) : 0;
}
