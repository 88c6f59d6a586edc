import { given } from '../train/given.js';

/** What the command line says of a pretraining. */
export interface PretrainOptions {
  readonly train?: string[];
  readonly eval?: string;
  readonly evalShare?: number;
  readonly objective?: string;
  readonly wholeWords?: boolean;
  readonly maskProbability?: number;
  readonly tokenizer?: string;
  readonly vocabSize?: number;
  readonly limitAlphabet?: number;
  readonly lowercase?: boolean;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly intermediate?: number;
  readonly dropout?: number;
  readonly maxLength?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly warmupRatio?: number;
  readonly precision?: string;
  readonly seed?: number;
}

/**
 * The recipe that options of the command line say.
 *
 * @throws Error naming what must be given and is not, or must not come together.
 */
export function recipeOf(architecture: string, options: PretrainOptions): object {
  const { train, eval: evaluated, evalShare, tokenizer, vocabSize, limitAlphabet, lowercase } = options;
  if (train === undefined) throw new Error('pretrain must have --train: see chui pretrain --help');
  const ofVocabulary = given({ vocabSize, limitAlphabet, lowercase });
  const [other] = Object.keys(ofVocabulary);
  if (tokenizer !== undefined && other !== undefined) {
    throw new Error(`--tokenizer must come without ${optionOf(other)}, which is for a new vocabulary`);
  }
  const { layers, width, heads, intermediate, dropout } = options;
  const { epochs, steps, seconds, batchSize, learningRate, warmupRatio, precision } = options;
  return given({
    task: 'pretraining',
    architecture,
    objective: options.objective,
    data: given({ train, eval: evaluated, evalShare }),
    tokenizer: tokenizer === undefined ? ofVocabulary : { path: tokenizer },
    model: given({ layers, width, heads, intermediate, dropout }),
    maxLength: options.maxLength,
    probability: options.maskProbability,
    wholeWords: options.wholeWords,
    training: given({
      ...{ epochs, maxSteps: steps, maxSeconds: seconds },
      ...{ batchSize, learningRate, warmupRatio, precision },
    }),
    seed: options.seed,
  });
}

const optionOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
