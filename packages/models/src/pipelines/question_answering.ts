import type { Encoding } from '@chui/tokenizer';
import { z } from 'zod';
import { AutoModelForQuestionAnswering } from '../auto/auto_models.js';
import { positiveInteger } from '../config.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { bestSpans } from './answer_spans.js';
import {
  checkFilledText,
  commonOptions,
  flag,
  oneOrMany,
  type PipelineBase,
  type TaskDefinition,
} from './pipeline_task.js';
import { TextRunner } from './text_runner.js';

/** A question, and the text that it is about. */
export interface Question {
  question: string;
  context: string;
}

/** A part of a context. */
export interface Answer {
  /** Its probability; where it was found several times, the sum. */
  score: number;
  /** Where it stands: `context.slice(start, end)`. */
  start: number;
  end: number;
  /** The part itself; empty if there is no answer. */
  answer: string;
}

const schema = z.object({
  ...commonOptions,
  /** How many answers are given, the likeliest first; there may be fewer. Default: the likeliest, not as a list. */
  topK: positiveInteger.optional(),
  /**
   * Tokens that windows of a context that is too long share. Default 128, but at most half of maxSeqLen, and fewer than the
   * question leaves of it.
   */
  docStride: z.int('must be a whole number').nonnegative('must not be negative').optional(),
  /** Most tokens of an answer. Default 15. */
  maxAnswerLen: positiveInteger.default(15),
  /** Most tokens of question and context together, special ones included. Default 384, but at most what the model takes. */
  maxSeqLen: positiveInteger.optional(),
  /** Whether it may be an answer that there is none. Default false. */
  handleImpossibleAnswer: flag.default(false),
  /** Whether answers are whole words. Default true. */
  alignToWords: flag.default(true),
});

/** Options of a call. */
export type QuestionAnsweringOptions = z.input<typeof schema>;

type WithTopK = QuestionAnsweringOptions & { topK: number };

/** Finds the answer to a question in a text: one, or with `topK` a list, of each question. */
export interface QuestionAnsweringPipeline extends PipelineBase<QuestionAnswering> {
  (question: Question, options: WithTopK): Promise<Answer[]>;
  (questions: readonly Question[], options: WithTopK): Promise<Answer[][]>;
  (question: Question, options?: QuestionAnsweringOptions): Promise<Answer>;
  (questions: readonly Question[], options?: QuestionAnsweringOptions): Promise<Answer[]>;
}

/** @see QuestionAnsweringPipeline in Hugging Face's library before version 5, whose results these are; but see `bestSpans` */
export const questionAnswering: TaskDefinition<QuestionAnswering, typeof schema> = {
  task: 'question-answering',
  kinds: [QuestionAnswering],
  auto: AutoModelForQuestionAnswering,
  schema,
  make(model, tokenizer) {
    const runner = new TextRunner(model, tokenizer, (batch) => {
      const { startLogits, endLogits } = model.forward(batch);
      return { startLogits, endLogits };
    });
    const { cls } = tokenizer.specialTokens;
    const clsId = cls === undefined ? undefined : tokenizer.tokenToId(cls);
    return {
      async run(input, options) {
        const { topK, batchSize, maxSeqLen = Math.min(runner.maxLength, 384) } = options;
        const { docStride } = options;
        if (maxSeqLen > runner.maxLength) {
          throw new RangeError(
            `maxSeqLen must be at most the model's ${runner.maxLength} tokens, but is ${maxSeqLen}`,
          );
        }
        if (docStride !== undefined && docStride >= maxSeqLen) {
          throw new RangeError(`docStride must be below maxSeqLen ${maxSeqLen}, but is ${docStride}`);
        }
        const answer = async (questions: readonly Question[]) => {
          const windows = questions.map((given) => {
            const question = checkFilledText('question', given?.question);
            const context = checkFilledText('context', given.context);
            return windowsOf(question, context, { runner, maxSeqLen, docStride });
          });
          const rows = await runner.run(windows.flat(), { batchSize });
          let next = 0;
          return questions.map(({ context }, i) => {
            const found = new AnswerList(context, options);
            for (const window of windows[i]!) {
              const { startLogits, endLogits } = rows[next++]!;
              const allowed = window.ids.map((id, token) => window.sequenceIds[token] === 1 || id === clsId);
              found.add(window, startLogits.data, endLogits.data, allowed);
            }
            return found.best(topK ?? 1);
          });
        };
        const results = await oneOrMany(input as Question | Question[], answer);
        if (topK !== undefined) return results;
        return Array.isArray(input) ? results.flat() : results[0];
      },
      dispose: () => runner.dispose(),
    };
  },
};

/**
 * What the model reads of a question and its context: the whole question each time, and as much of the context as fits.
 *
 * @throws RangeError if the question leaves no room, or the stride is all that it leaves
 */
function windowsOf(
  question: string,
  context: string,
  limits: {
    runner: TextRunner<'startLogits' | 'endLogits'>;
    maxSeqLen: number;
    docStride?: number | undefined;
  },
): Encoding[] {
  const { runner, maxSeqLen, docStride } = limits;
  const alone = runner.tokenizer.encode(question, { pair: '', padding: false, truncation: false });
  const room = maxSeqLen - alone.length;
  if (room < 1) {
    throw new RangeError(
      `question must leave room for its context in maxSeqLen ${maxSeqLen} tokens, but takes ${alone.length}`,
    );
  }
  const wanted = docStride ?? Math.min(128, Math.floor(maxSeqLen / 2));
  const first = runner.encode(question, {
    ...{ pair: context, truncation: 'only_second', maxLength: maxSeqLen },
    stride: Math.min(wanted, room - 1),
  });
  if (docStride !== undefined && docStride >= room && first.overflowing.length > 0) {
    throw new RangeError(
      `docStride must be below the ${room} tokens that the question leaves of maxSeqLen ${maxSeqLen}, but is ${docStride}`,
    );
  }
  return [first, ...first.overflowing];
}

/** The answers of all windows of a context. */
class AnswerList {
  private readonly answers = new Map<string, Answer>();
  private nullScore = Number.POSITIVE_INFINITY;

  constructor(
    private readonly context: string,
    private readonly options: z.output<typeof schema>,
  ) {}

  add(
    window: Encoding,
    startLogits: ArrayLike<number>,
    endLogits: ArrayLike<number>,
    allowed: readonly boolean[],
  ): void {
    const { topK = 1, alignToWords, maxAnswerLen } = this.options;
    // Words take several spans together.
    const count = alignToWords ? 2 * topK + 10 : topK;
    const { spans, nullScore } = bestSpans(startLogits, endLogits, { allowed, maxAnswerLen, count });
    this.nullScore = Math.min(this.nullScore, nullScore);
    for (const span of spans) {
      const [start, end] = charactersOf(window, span, alignToWords);
      const answer = this.context.slice(start, end);
      const known = this.answers.get(answer.toLowerCase());
      if (known) known.score += span.score;
      else this.answers.set(answer.toLowerCase(), { score: span.score, start, end, answer });
    }
  }

  best(count: number): Answer[] {
    const none = { start: 0, end: 0, answer: '' };
    const answers = [...this.answers.values()];
    if (this.options.handleImpossibleAnswer) answers.push({ score: this.nullScore, ...none });
    if (answers.length === 0) answers.push({ score: 0, ...none });
    return answers.sort((a, b) => b.score - a.score).slice(0, count);
  }
}

/** Where a span of tokens, or of the words that they are of, stands in the context. */
function charactersOf(
  window: Encoding,
  { start, end }: { start: number; end: number },
  alignToWords: boolean,
): [start: number, end: number] {
  const ofTokens: [number, number] = [window.offsets[start]![0], window.offsets[end]![1]];
  const [firstWord, lastWord] = [window.tokenToWord(start), window.tokenToWord(end)];
  if (!alignToWords || firstWord === undefined || lastWord === undefined) return ofTokens;
  const [first, last] = [window.wordToChars(firstWord, 1), window.wordToChars(lastWord, 1)];
  return first && last ? [first[0], last[1]] : ofTokens;
}
