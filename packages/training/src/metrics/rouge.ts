import { countNgrams, overlap } from './ngrams.js';
import { porterStem } from './porter_stemmer.js';
import { type References, referenceStreams } from './references.js';

/** N-grams of 1 to 9 words, the longest common subsequence, or that of summaries with a sentence on each line. */
export type RougeType = `rouge${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 'L' | 'Lsum'}`;

const DEFAULT_TYPES = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const;

type DefaultType = (typeof DEFAULT_TYPES)[number];

export interface RougeOptions<Type extends RougeType = RougeType> {
  /** Default: rouge1, rouge2, rougeL and rougeLsum. */
  readonly rougeTypes?: readonly Type[] | undefined;
  /** Compares the stems of words longer than three letters. Default: no. */
  readonly useStemmer?: boolean | undefined;
}

/** Each from 0 to 1. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly fmeasure: number;
}

/** Words of each line. */
type Lines = readonly (readonly string[])[];

/**
 * ROUGE, the mean over the predictions, equal to rouge_score 0.1.2 of Python: P = m / length of the prediction,
 * R = m / length of the reference, F = 2 P R / (P + R); a length counts words, and n-grams for rouge1 to rouge9. m is
 * - rouge1 to rouge9: n-grams that both have, each as often as in the text that has it less often;
 * - rougeL: words of the longest common subsequence;
 * - rougeLsum: words of a reference line that are in its longest common subsequence with some line of the prediction,
 *   each word at most as often as the prediction has it.
 *
 * Words are runs of a to z and 0 to 9 in lower case; all else separates them. Of several references, the one with the
 * best F counts, for each type and prediction.
 *
 * @throws RangeError if a type is none of these, there is no prediction, or a stream has not one reference for each.
 * @see Lin (2004), https://aclanthology.org/W04-1013
 * @example
 * rouge(['the cat sat'], ['the cat']).rouge1.recall; // => 1
 */
export function rouge<Type extends RougeType = DefaultType>(
  predictions: readonly string[],
  references: References,
  options: RougeOptions<Type> = {},
): Record<Type, RougeScore> {
  const { rougeTypes = DEFAULT_TYPES as readonly RougeType[] as readonly Type[], useStemmer = false } =
    options;
  for (const type of rougeTypes) {
    if (!/^rouge([1-9]|L|Lsum)$/.test(type)) {
      throw new RangeError(
        `rougeTypes must be of rouge1 to rouge9, rougeL and rougeLsum, but one is ${type}`,
      );
    }
  }
  if (predictions.length === 0) throw new RangeError('predictions must not be empty');
  const streams = referenceStreams(predictions, references);
  const scores = predictions.map((text, index) => {
    const prediction = linesOf(text, useStemmer);
    const candidates = streams.map((stream) => linesOf(stream[index]!, useStemmer));
    return rougeTypes.map((type) => bestOf(candidates.map((lines) => score(type, prediction, lines))));
  });
  const means = rougeTypes.map((type, place) => [type, mean(scores.map((row) => row[place]!))]);
  return Object.fromEntries(means);
}

/** ROUGE of one prediction against its references. */
export function sentenceRouge<Type extends RougeType = DefaultType>(
  prediction: string,
  references: string | readonly string[],
  options: RougeOptions<Type> = {},
): Record<Type, RougeScore> {
  const streams = (typeof references === 'string' ? [references] : references).map((text) => [text]);
  return rouge([prediction], streams, options);
}

function linesOf(text: string, useStemmer: boolean): Lines {
  return text.split('\n').map((line) => {
    const words = line.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    return useStemmer ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : words;
  });
}

function score(type: RougeType, prediction: Lines, reference: Lines): RougeScore {
  const predicted = prediction.flat();
  const expected = reference.flat();
  if (type === 'rougeL') {
    return scoreOf(lcsLength(expected, predicted), predicted.length, expected.length);
  }
  if (type === 'rougeLsum') {
    return scoreOf(unionMatches(prediction, reference), predicted.length, expected.length);
  }
  const order = Number(type.at(-1));
  const matches = overlap(countNgrams(predicted, order, ' '), countNgrams(expected, order, ' '));
  return scoreOf(matches, predicted.length - order + 1, expected.length - order + 1);
}

function scoreOf(matches: number, predicted: number, expected: number): RougeScore {
  const precision = matches / Math.max(predicted, 1);
  const recall = matches / Math.max(expected, 1);
  const fmeasure = matches > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, fmeasure };
}

function bestOf(scores: readonly RougeScore[]): RougeScore {
  return scores.reduce((best, other) => (other.fmeasure > best.fmeasure ? other : best));
}

function mean(scores: readonly RougeScore[]): RougeScore {
  const of = (key: keyof RougeScore) => scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { precision: of('precision'), recall: of('recall'), fmeasure: of('fmeasure') };
}

/** The matches of rougeLsum. */
function unionMatches(prediction: Lines, reference: Lines): number {
  const union = reference.flatMap((line) => {
    const places = new Set(prediction.flatMap((other) => lcsPlaces(line, other)));
    return [...places].map((place) => line[place]!);
  });
  return overlap(countNgrams(union, 1, ''), countNgrams(prediction.flat(), 1, ''));
}

function lcsLength(a: readonly string[], b: readonly string[]): number {
  return a.length < b.length ? fillLcs(b, a) : fillLcs(a, b);
}

/** Places in the reference of the longest common subsequence; of several, the one that rouge_score takes. */
function lcsPlaces(reference: readonly string[], prediction: readonly string[]): number[] {
  const columns = prediction.length;
  const isLeftLonger = new Uint8Array(reference.length * columns);
  fillLcs(reference, prediction, isLeftLonger);
  const places: number[] = [];
  let row = reference.length - 1;
  let column = columns - 1;
  while (row >= 0 && column >= 0) {
    if (reference[row] === prediction[column]) {
      places.push(row);
      row--;
      column--;
    } else if (isLeftLonger[row * columns + column]) {
      column--;
    } else {
      row--;
    }
  }
  return places;
}

/**
 * Length of the longest common subsequence, in O(|a| |b|) time and O(|b|) memory.
 *
 * @param isLeftLonger (|a|, |b|), gets 1 at (i, j) where a[0..i] and b[0..j-1] have more in common than a[0..i-1] and
 * b[0..j], unless a[i] is b[j]
 */
function fillLcs(a: readonly string[], b: readonly string[], isLeftLonger?: Uint8Array): number {
  const lengths = new Uint32Array(b.length + 1);
  for (let row = 0; row < a.length; row++) {
    const word = a[row];
    let diagonal = 0;
    for (let column = 0; column < b.length; column++) {
      const left = lengths[column]!;
      const above = lengths[column + 1]!;
      if (word === b[column]) {
        lengths[column + 1] = diagonal + 1;
      } else if (left > above) {
        lengths[column + 1] = left;
        if (isLeftLonger) isLeftLonger[row * b.length + column] = 1;
      }
      diagonal = above;
    }
  }
  return lengths[b.length]!;
}
