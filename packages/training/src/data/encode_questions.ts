import { alignAnswer, type Encoding, type TextSpan } from '@chui/tokenizer';
import { positiveInteger } from '../checks.js';
import type { WindowTokenizer } from './window_tokenizer.js';

/** What is asked about a context, as `readSquad` gives it. */
export interface ContextQuestion {
  readonly question: string;
  readonly context: string;
  /** Where right answers stand, the one to learn first; none if the context has none. */
  readonly answers: readonly TextSpan[];
}

export interface EncodeQuestionsOptions {
  readonly tokenizer: WindowTokenizer;
  /** Most tokens of question and context together, those that the tokenizer adds included; 384 by default. */
  readonly maxLength?: number | undefined;
  /** Tokens of a context that a window shares with the one before; 128 by default, less in windows below 384. */
  readonly stride?: number | undefined;
}

/** A question with a part of its context as token ids, and where in these the answer is. */
export interface QuestionExample {
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
  /** The first token of the answer; 0, the token before the question, where the window has no answer. */
  readonly startPositions: number;
  /** The last token of the answer. */
  readonly endPositions: number;
}

/** What turns tokens of an example back into text. */
export interface AnswerWindow {
  /** Which question it is of, from 0. */
  readonly question: number;
  /** Where in the context each token stands, in UTF-16 units; null for what is not of it. */
  readonly places: readonly (readonly [start: number, end: number] | null)[];
}

/** Examples, and the window of each. */
export interface EncodedQuestions {
  readonly examples: readonly QuestionExample[];
  readonly windows: readonly AnswerWindow[];
}

/** The stride of windows of a length: that of 384 tokens is 128. */
export function strideFor(maxLength: number): number {
  return Math.floor(maxLength / 3);
}

/**
 * Encodes questions about contexts for models of question answering. A context that is too long becomes several windows,
 * each with the whole question; a window that does not hold all of the answer has none. Collate with
 * `dataCollatorWithPadding`; `bestAnswers` reads what the model says.
 *
 * @throws RangeError naming the question, from 0, if it leaves too little room for its context.
 * @see Devlin et al. (2019), section 4.2, https://arxiv.org/abs/1810.04805
 */
export function encodeQuestions(
  questions: readonly ContextQuestion[],
  { tokenizer, maxLength = 384, stride = strideFor(maxLength) }: EncodeQuestionsOptions,
): EncodedQuestions {
  positiveInteger('maxLength', maxLength);
  const options = { padding: false, truncation: 'only_second', maxLength, stride } as const;
  const examples: QuestionExample[] = [];
  const windows: AnswerWindow[] = [];
  questions.forEach(({ question, context, answers }, index) => {
    let first: Encoding;
    try {
      // Some questions begin with many spaces, which some tokenizers would keep.
      first = tokenizer.encode(question.trimStart(), { ...options, pair: context });
    } catch (error) {
      const limits = `maxLength ${maxLength} and stride ${stride}`;
      throw new RangeError(
        `question ${index} must leave room for its context: ${(error as Error).message} (${limits})`,
      );
    }
    for (const encoding of [first, ...first.overflowing]) {
      const answer =
        answers[0] && answers[0].start < answers[0].end ? alignAnswer(encoding, answers[0], 1) : undefined;
      examples.push({
        inputIds: encoding.ids,
        tokenTypeIds: encoding.typeIds,
        startPositions: answer?.startToken ?? 0,
        endPositions: answer?.endToken ?? 0,
      });
      const places = encoding.offsets.map((place, token) =>
        encoding.sequenceIds[token] === 1 ? place : null,
      );
      windows.push({ question: index, places });
    }
  });
  return { examples, windows };
}
