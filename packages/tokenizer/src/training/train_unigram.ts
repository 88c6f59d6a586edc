import { checkInteger } from '../check_integer.js';
import { template } from '../post_processors/template.js';
import type { Tokenizer } from '../tokenizer.js';
import { learnPieces } from './learn_pieces.js';
import { runTraining } from './run_training.js';
import { trainedTokenizer } from './trained_tokenizer.js';
import {
  checkSpecialTokens,
  checkText,
  checkTextList,
  checkVocabSize,
  componentsOf,
  type Texts,
  type TrainingOptions,
} from './training_options.js';
import { countWords } from './word_counter.js';

/**
 * How a Unigram vocabulary is made: 8,000 tokens, the special ones <pad>, </s> and <unk>, NFKC and Metaspace if not said
 * otherwise.
 */
export interface UnigramTrainingOptions extends TrainingOptions {
  /**
   * Stands for unknown characters; put before the special tokens if it is not among them. `<unk>` if not given; null
   * makes them an error.
   */
  unkToken?: string | null;
  /** Characters that are tokens even if no text has them; of a longer string the first counts. */
  initialAlphabet?: readonly string[];
  /** Which part of the pieces each round keeps, from 0 to below 1; 0.75 if not given. */
  shrinkingFactor?: number;
  /** Characters of a piece at most, from 1 to 256; 16 if not given. */
  maxPieceLength?: number;
  /** How often pieces are weighed in each round; 2 if not given. */
  nSubIterations?: number;
  /** Puts </s> at the end of texts if not given and it is among the special tokens. */
  postProcessor?: object | null;
}

/** Time and space grow with it wherever a text repeats itself. */
const longestPiece = 256;

/**
 * Trains a Unigram tokenizer as SentencePiece has it, by expectation maximization with pruning, with the results of
 * Hugging Face's trainer. Characters that were too rare on the way, which have scores in no fixed order there, have them
 * by code points; pieces whose scores tie but for rounding may come in another order. Unlike there, a vocabulary that
 * its characters fill gets no pieces beside them.
 *
 * @throws RangeError if an option is out of its range, or the vocabulary too small for special tokens and characters
 * @see Kudo (2018), https://arxiv.org/abs/1804.10959
 */
export async function trainUnigram(texts: Texts, options: UnigramTrainingOptions = {}): Promise<Tokenizer> {
  const { vocabSize = 8000, unkToken = '<unk>', initialAlphabet = [] } = options;
  const { shrinkingFactor = 0.75, maxPieceLength = 16, nSubIterations = 2 } = options;
  const specialTokens = checkSpecialTokens(options.specialTokens ?? ['<pad>', '</s>', '<unk>']);
  const isAdded = unkToken !== null && !specialTokens.includes(unkToken);
  const first = isAdded ? [unkToken, ...specialTokens] : specialTokens;
  if (unkToken !== null) checkText('unkToken', unkToken);
  checkVocabSize(vocabSize, first.length);
  checkTextList('initialAlphabet', initialAlphabet);
  checkInteger('maxPieceLength', maxPieceLength, 1, longestPiece);
  checkInteger('nSubIterations', nSubIterations);
  if (!(shrinkingFactor >= 0 && shrinkingFactor < 1))
    throw new RangeError(`shrinkingFactor must be from 0 to below 1, but is ${shrinkingFactor}`);
  const components = componentsOf(options, unigramComponents(first));
  const counts = await countWords(texts, components, options);
  const settings = { vocabSize, initialAlphabet, shrinkingFactor, maxPieceLength, nSubIterations };
  const steps = learnPieces(counts, { ...settings, specialTokens: first.length });
  const pieces = await runTraining(steps, options);
  const model = {
    type: 'Unigram',
    unk_id: unkToken === null ? null : first.indexOf(unkToken),
    vocab: [...first.map((token) => [token, 0]), ...pieces.map(({ text, score }) => [text, score])],
    byte_fallback: false,
  };
  return trainedTokenizer(model, specialTokens, components);
}

const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };

const unigramComponents = (tokens: readonly string[]) => ({
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
  },
  preTokenizer: metaspace,
  postProcessor: tokens.includes('</s>') ? endOfText(tokens) : null,
  decoder: metaspace,
});

function endOfText(tokens: readonly string[]): object {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const single = [['$A'], ['</s>']] as const;
  return template(single, [...single, ['$B'], ['</s>']], ids);
}
