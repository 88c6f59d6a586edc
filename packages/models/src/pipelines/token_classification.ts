import type { Encoding } from '@chui/tokenizer';
import { z } from 'zod';
import { AutoModelForTokenClassification } from '../auto/auto_models.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { shown } from '../shown.js';
import {
  checkText,
  choice,
  commonOptions,
  flag,
  labelsOf,
  type PipelineBase,
  softmax,
  type TaskDefinition,
} from './pipeline_task.js';
import { type Row, TextRunner } from './text_runner.js';
import {
  aggregate,
  aggregationStrategies,
  mergeOverlapping,
  type ScoredToken,
  type TokenEntity,
} from './token_entities.js';
import { type TokenJoiner, tokenJoiner } from './token_joiner.js';

const whole = z.int('must be a whole number').nonnegative('must not be negative');

const schema = z.object({
  ...commonOptions,
  /** How tokens become entities, see `aggregate`. Default `none`. */
  aggregationStrategy: choice(aggregationStrategies).default('none'),
  /** Classes that are left out. Default `['O']`. */
  ignoreLabels: z.array(z.string(), 'must be a list of labels').default(['O']),
  /** Tokens that windows of a text that is too long share. Default: such a text is cut. Needs an aggregation. */
  stride: whole.optional(),
  /** Whether a text is a list of words, which the tokenizer does not join. Default false. */
  isSplitIntoWords: flag.default(false),
  /** What stands between words in the text that `start` and `end` count in. Default: a space. */
  delimiter: z.string('must be a text').default(' '),
});

/** Options of a call, and of the pipeline. */
export type TokenClassificationOptions = z.input<typeof schema>;

type Split = TokenClassificationOptions & { isSplitIntoWords: true };

/** Finds the class of tokens: names of people and places, parts of speech … */
export interface TokenClassificationPipeline extends PipelineBase<TokenClassification> {
  (words: readonly string[], options: Split): Promise<TokenEntity[]>;
  (texts: readonly (readonly string[])[], options: Split): Promise<TokenEntity[][]>;
  (text: string, options?: TokenClassificationOptions): Promise<TokenEntity[]>;
  (texts: readonly string[], options?: TokenClassificationOptions): Promise<TokenEntity[][]>;
}

/** A text, or words with what stands between them, and the windows that the model reads of it. */
interface Document {
  text: string;
  /** Where each word begins in the text, where the words were given. */
  wordStarts: number[] | undefined;
  windows: Encoding[];
}

/** @see TokenClassificationPipeline in Hugging Face's library, whose results these are */
export const tokenClassification: TaskDefinition<TokenClassification, typeof schema> = {
  task: 'token-classification',
  kinds: [TokenClassification],
  auto: AutoModelForTokenClassification,
  schema,
  make(model, tokenizer) {
    const runner = new TextRunner(model, tokenizer, (batch) => ({ logits: model.forward(batch).logits }));
    const labels = labelsOf(model);
    const { unk } = tokenizer.specialTokens;
    const unkId = unk === undefined ? undefined : tokenizer.tokenToId(unk);
    let known: TokenJoiner | undefined;
    const joiner = () => {
      known ??= tokenJoiner(tokenizer);
      return known;
    };

    const documentOf = (
      given: string | readonly string[],
      { isSplitIntoWords, delimiter, stride }: z.output<typeof schema>,
    ): Document => {
      const text = isSplitIntoWords ? joinWords(given, delimiter) : checkText('text', given);
      const encoding = runner.encode(given, { isSplitIntoWords, stride });
      return {
        text,
        wordStarts: isSplitIntoWords ? startsOf(given as readonly string[], delimiter) : undefined,
        windows: stride === undefined ? [encoding] : [encoding, ...encoding.overflowing],
      };
    };

    const scoredTokens = (
      { text, wordStarts }: Document,
      encoding: Encoding,
      { data, shape }: Row,
      marksContinuations: boolean,
    ): ScoredToken[] => {
      const classes = shape[1]!;
      return [...encoding.ids.keys()]
        .filter((index) => encoding.specialTokensMask[index] === 0)
        .map((index) => {
          const word = encoding.wordIds[index];
          const shift = wordStarts && typeof word === 'number' ? wordStarts[word]! : 0;
          const [start, end] = encoding.offsets[index]!.map((offset) => offset + shift) as [number, number];
          const part = text.slice(start, end);
          const token = tokenizer.idToToken(encoding.ids[index]!)!;
          const isUnknown = encoding.ids[index] === unkId;
          const isSubword = marksContinuations
            ? [...token].length !== [...part].length
            : start > 0 && !text.slice(start - 1, start + 1).includes(' ');
          return {
            index,
            word: isUnknown ? part : token,
            scores: softmax(data.subarray(index * classes, (index + 1) * classes)),
            ...{ start, end, isSubword: isSubword && !isUnknown },
          };
        });
    };

    return {
      async run(input, options) {
        const { aggregationStrategy, ignoreLabels, stride, isSplitIntoWords, batchSize } = options;
        if (stride !== undefined && stride >= runner.maxLength) {
          throw new RangeError(
            `stride must be below the model's ${runner.maxLength} tokens, but is ${stride}`,
          );
        }
        if (stride !== undefined && aggregationStrategy === 'none') {
          throw new RangeError('aggregationStrategy must not be none if there is a stride, but is none');
        }
        const find = async (inputs: readonly (string | readonly string[])[]) => {
          const documents = inputs.map((each) => documentOf(each, options));
          const rows = await runner.run(
            documents.flatMap(({ windows }) => windows),
            { batchSize },
          );
          const joins = aggregationStrategy !== 'none' && joiner().marksContinuations;
          let next = 0;
          return documents.map((document) => {
            const entities = document.windows.flatMap((window) => {
              const tokens = scoredTokens(document, window, rows[next++]!.logits, joins);
              return aggregate(tokens, aggregationStrategy, labels, joiner).filter(
                ({ entity, entityGroup }) => !ignoreLabels.includes((entity ?? entityGroup)!),
              );
            });
            return document.windows.length > 1 ? mergeOverlapping(entities) : entities;
          });
        };
        // A list of words is one text.
        const isList = Array.isArray(input) && (!isSplitIntoWords || input.every(Array.isArray));
        return isList ? find(input) : (await find([input as string | string[]]))[0]!;
      },
      dispose: () => runner.dispose(),
    };
  },
};

function joinWords(words: unknown, delimiter: string): string {
  if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')) {
    return words.join(delimiter);
  }
  throw new RangeError(`a text must be a list of words if isSplitIntoWords is true, but is ${shown(words)}`);
}

function startsOf(words: readonly string[], delimiter: string): number[] {
  let end = 0;
  return words.map((word) => {
    const start = end;
    end += word.length + delimiter.length;
    return start;
  });
}
