import { checkPaired } from './paired.js';
import { splitWords } from './python_text.js';

export interface SquadOptions {
  /** Whether questions may have no answer, as in SQuAD 2: then an empty prediction is right for an empty answer. */
  readonly version2?: boolean | undefined;
}

/** Means over the questions, in percent. */
export interface SquadScore {
  readonly exactMatch: number;
  readonly f1: number;
}

/**
 * Exact match and F1 of answers, as SQuAD's own scripts count them: after lowercasing, without punctuation and the articles
 * a, an and the; of several answers the best counts. F1 is that of the words that both have.
 *
 * @param references the answers that are right for each question; in SQuAD 2 `['']` where there is none
 * @throws RangeError if there is no prediction, not one list for each, or a list is empty
 * @see Rajpurkar et al. (2016), https://arxiv.org/abs/1606.05250; (2018), https://arxiv.org/abs/1806.03822
 */
export function squad(
  predictions: readonly string[],
  references: readonly (readonly string[])[],
  { version2 = false }: SquadOptions = {},
): SquadScore {
  checkPaired(predictions, references);
  let [exact, f1] = [0, 0];
  predictions.forEach((prediction, i) => {
    const answers = references[i]!;
    if (answers.length === 0) throw new RangeError(`references[${i}] must have an answer, but has none`);
    const found = normalizeAnswer(prediction);
    const right = answers.map(normalizeAnswer);
    exact += right.includes(found) ? 1 : 0;
    f1 += Math.max(...right.map((answer) => wordF1(found, answer, version2)));
  });
  return { exactMatch: (100 * exact) / predictions.length, f1: (100 * f1) / predictions.length };
}

/** An answer as it is compared: lowercase, without ASCII's punctuation and articles, one space between words. */
export function normalizeAnswer(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(articles, ' ');
  return splitWords(words).join(' ');
}

/** Articles between what Python takes for no letter, digit or underscore. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

function wordF1(prediction: string, answer: string, version2: boolean): number {
  const [found, right] = [splitWords(prediction), splitWords(answer)];
  if (version2 && (found.length === 0 || right.length === 0)) return found.length === right.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  if (common === 0) return 0;
  const [precision, recall] = [common / found.length, common / right.length];
  return (2 * precision * recall) / (precision + recall);
}
