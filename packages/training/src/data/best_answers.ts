import { positiveInteger } from '../checks.js';
import type { AnswerWindow } from './encode_questions.js';

/** Logits of a window's tokens: how well the answer begins, and how well it ends at each. */
export type AnswerLogits = readonly [start: ArrayLike<number>, end: ArrayLike<number>];

export interface BestAnswersOptions {
  /** How many of the best beginnings are tried with as many of the best ends, 20 by default. */
  readonly nBest?: number | undefined;
  /** Most tokens of an answer, 30 by default. */
  readonly maxAnswerLength?: number | undefined;
  /** Whether a question may have no answer, as in SQuAD 2; false by default. */
  readonly mayHaveNone?: boolean | undefined;
  /** By how much no answer must be better than the best one, 0 by default. */
  readonly noneThreshold?: number | undefined;
}

/** An answer, with the sum of its two logits. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/**
 * The answer to each question: of all its windows the part of the context with the highest sum of the logits at its first and
 * its last token, no longer than maxAnswerLength; '' where there is none, or none is better than any.
 *
 * @param contexts of the questions
 * @param windows as `encodeQuestions` gave them
 * @param logits of each window, those of padding included
 * @throws RangeError if an option is no positive integer, or logits are not one for each window.
 * @see https://github.com/huggingface/transformers/tree/main/examples/pytorch/question-answering
 */
export function bestAnswers(
  contexts: readonly string[],
  windows: readonly AnswerWindow[],
  logits: readonly AnswerLogits[],
  { nBest = 20, maxAnswerLength = 30, mayHaveNone = false, noneThreshold = 0 }: BestAnswersOptions = {},
): string[] {
  positiveInteger('nBest', nBest);
  positiveInteger('maxAnswerLength', maxAnswerLength);
  if (logits.length !== windows.length) {
    throw new RangeError(
      `logits must be one for each of the ${windows.length} windows, but are ${logits.length}`,
    );
  }
  const best: (Found | undefined)[] = contexts.map(() => undefined);
  const none = contexts.map(() => Number.POSITIVE_INFINITY);
  windows.forEach(({ question, places }, index) => {
    const [starts, ends] = logits[index]!;
    none[question] = Math.min(none[question]!, starts[0]! + ends[0]!);
    const tokens = places.flatMap((place, token) => (place && place[0] < place[1] ? [token] : []));
    for (const start of highest(tokens, starts, nBest)) {
      for (const end of highest(tokens, ends, nBest)) {
        if (end < start || end - start >= maxAnswerLength) continue;
        const score = starts[start]! + ends[end]!;
        if (score <= (best[question]?.score ?? Number.NEGATIVE_INFINITY)) continue;
        best[question] = { start: places[start]![0], end: places[end]![1], score };
      }
    }
  });
  return contexts.map((context, question) => {
    const found = best[question];
    if (!found || (mayHaveNone && none[question]! - found.score > noneThreshold)) return '';
    return context.slice(found.start, found.end);
  });
}

/** The tokens with the highest logits, falling. */
function highest(tokens: readonly number[], logits: ArrayLike<number>, count: number): number[] {
  return [...tokens].sort((a, b) => logits[b]! - logits[a]!).slice(0, count);
}
