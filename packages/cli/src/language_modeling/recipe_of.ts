import { given } from '../train/given.js';

/** What the command line says of the training of a language model. */
export interface LanguageModelOptions {
  readonly data?: string[];
  readonly eval?: string[];
  readonly test?: string[];
  readonly evalShare?: number;
  readonly textColumn?: string;
  readonly separator?: string;
  readonly architecture?: string;
  readonly attention?: string;
  readonly tokenizer?: string;
  readonly vocabSize?: number;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly intermediate?: number;
  readonly dropout?: number;
  readonly context?: number;
  readonly randomWindows?: boolean;
  readonly documentMasks?: boolean;
  readonly evalStride?: number;
  readonly prompt?: string[];
  readonly sampleTokens?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly batchSize?: number;
  readonly accumulate?: number;
  readonly learningRate?: number;
  readonly minLearningRate?: number;
  readonly warmupSteps?: number;
  readonly weightDecay?: number;
  readonly beta2?: number;
  readonly evalSteps?: number;
  readonly patience?: number;
  readonly recompute?: boolean;
  readonly precision?: string;
  readonly seed?: number;
}

/**
 * The recipe that options of the command line say.
 *
 * @throws Error naming what must be given and is not, or must not come together.
 */
export function recipeOf(options: LanguageModelOptions): object {
  const { data: train, eval: evaluated, test, evalShare, textColumn: text, separator } = options;
  if (train === undefined) throw new Error('train lm must have --data: see chui train lm --help');
  const { layers, width, heads, intermediate, dropout } = options;
  const { epochs, steps, seconds, batchSize, learningRate, minLearningRate, warmupSteps } = options;
  const { weightDecay, beta2, evalSteps, patience, precision } = options;
  return given({
    task: 'language-modeling',
    architecture: options.architecture,
    data: given({ train, eval: evaluated, test, evalShare, text, separator }),
    tokenizer: tokenizerOf(options),
    config: given({ attention: attentionOf(options) }),
    model: given({ layers, width, heads, intermediate, dropout }),
    context: options.context,
    windows: options.randomWindows ? 'random' : undefined,
    documentMasks: options.documentMasks,
    evalStride: options.evalStride,
    samples: given({ prompts: options.prompt, tokens: options.sampleTokens }),
    training: given({
      ...{ epochs, maxSteps: steps, maxSeconds: seconds, batchSize },
      gradientAccumulationSteps: options.accumulate,
      ...{ learningRate, minLearningRate, warmupSteps, weightDecay, beta2 },
      ...{ evalSteps, patience, precision, gradientCheckpointing: options.recompute },
    }),
    seed: options.seed,
  });
}

function attentionOf({ architecture, attention }: LanguageModelOptions): string | undefined {
  if (attention === undefined || architecture === 'rnn_lm') return attention;
  throw new Error(`--attention must come with --architecture rnn_lm, but that is ${architecture ?? 'gpt2'}`);
}

function tokenizerOf({ tokenizer = 'bytes', vocabSize }: LanguageModelOptions): object {
  if (tokenizer === 'bytes' || tokenizer === 'characters') return given({ kind: tokenizer, vocabSize });
  if (vocabSize === undefined) return { path: tokenizer };
  throw new Error('--vocab-size must come with a new vocabulary, but --tokenizer names one that there is');
}
