import type { GenerationConfig } from '@chui/models';
import { type Command, Option } from 'commander';
import { positiveInteger, positiveNumber, wholeNumber } from './option_values.js';

/** How texts are generated, as a command takes it. */
export interface GenerateOptions {
  readonly maxNewTokens?: number;
  readonly sample?: boolean;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly noRepeatNgram?: number;
  readonly stop?: string[];
  readonly seed?: number;
}

/** Adds these options to a command. */
export const withGeneration = (command: Command): Command =>
  command
    .option('--max-new-tokens <n>', 'most tokens to make (default: 256)', positiveInteger)
    .option('--sample', 'draw tokens by their probabilities, instead of taking the likeliest')
    .option(
      '--temperature <t>',
      'below 1 likely tokens become likelier; this and the next three are for --sample',
      positiveNumber,
    )
    .option('--top-k <k>', 'draw among the k likeliest', wholeNumber)
    .option('--top-p <p>', 'draw among the likeliest that have the probability p together', positiveNumber)
    .option('--min-p <p>', 'draw among those at least p times as likely as the likeliest', positiveNumber)
    .option('--repetition-penalty <p>', 'above 1 tokens that are there become unlikelier', positiveNumber)
    .addOption(noRepeatNgram())
    .option('--stop <text>', 'a text that ends it, and is kept; there may be several', collect)
    .option('--seed <n>', 'makes what is drawn repeat', wholeNumber);

/** Commander takes a name with `no-` for the negation of another, unless it is told. */
function noRepeatNgram(): Option {
  const option = new Option('--no-repeat-ngram <n>', 'make no n tokens twice').argParser(positiveInteger);
  option.negate = false;
  return option;
}

/** The same as `generate` takes it. */
export function generationOf({
  sample,
  noRepeatNgram,
  stop,
  ...others
}: GenerateOptions): GenerationConfig & {
  stopStrings?: string[];
} {
  return {
    ...others,
    ...(sample && { doSample: true }),
    ...(noRepeatNgram !== undefined && { noRepeatNgramSize: noRepeatNgram }),
    ...(stop && { stopStrings: stop }),
  };
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Options of `generate` that a command has under other names. */
const flags: Readonly<Record<string, string>> = {
  doSample: '--sample',
  maxLength: 'the prompt and --max-new-tokens',
  noRepeatNgramSize: '--no-repeat-ngram',
  numBeams: '--beams',
  numReturnSequences: '--sequences',
  stopStrings: '--stop',
  ...{ temperature: '--temperature', topK: '--top-k', topP: '--top-p', minP: '--min-p', seed: '--seed' },
  repetitionPenalty: '--repetition-penalty',
};

/** An error of `generate` that names options as a command does. */
export function withFlags(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  const named = error.message.replace(/\w+/g, (word) => (Object.hasOwn(flags, word) ? flags[word]! : word));
  return new RangeError(named.replace('--sample: true', '--sample'), { cause: error });
}
