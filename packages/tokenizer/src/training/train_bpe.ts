import { checkInteger } from '../check_integer.js';
import { byteUnits } from '../text/byte_level.js';
import type { Tokenizer } from '../tokenizer.js';
import { learnMerges } from './learn_merges.js';
import { runTraining } from './run_training.js';
import { numbered, trainedTokenizer } from './trained_tokenizer.js';
import {
  checkMergeOptions,
  checkSpecialTokens,
  checkUnkToken,
  checkVocabSize,
  componentsOf,
  type MergeOptions,
  type Texts,
  type TrainingOptions,
} from './training_options.js';
import { countWords } from './word_counter.js';

/** How a BPE vocabulary is made: 30,000 tokens if not said otherwise. */
export interface BpeTrainingOptions extends TrainingOptions, MergeOptions {
  /**
   * Writes each byte as a character, as in GPT-2: all 256 are in the vocabulary, so that no text has unknown tokens.
   * It sets the defaults of components, and makes `<|endoftext|>` the only special token unless some are given.
   */
  byteLevel?: boolean;
  /** Stands for unknown characters, which are left out if it is null; `[UNK]` if not given, null with `byteLevel`. */
  unkToken?: string | null;
  /** What tokens that go on a word begin with; nothing if not given. */
  continuingSubwordPrefix?: string;
  /** What tokens that end a word end with, such as `</w>`; nothing if not given. */
  endOfWordSuffix?: string;
  /** Tokens have fewer characters than this, but those of two may always be; any number if not given. */
  maxTokenLength?: number;
  /** Whitespace if not given. */
  preTokenizer?: object | null;
  /** BPEDecoder if not given and there is an `endOfWordSuffix`. */
  decoder?: object | null;
}

/**
 * Trains a tokenizer with byte pair encoding on a list or stream of texts, of which only the counts of words are kept.
 * Vocabulary and merges are those of Hugging Face's trainer; where that has no fixed order (letters with a prefix or
 * suffix, letters as frequent as the last that `limitAlphabet` lets in), it is that of the texts or of code points.
 *
 * @throws RangeError if an option is no number, or the vocabulary too small for special tokens and characters
 * @example
 * const tokenizer = await trainBpe(['low lower lowest'], { vocabSize: 300, byteLevel: true });
 */
export async function trainBpe(texts: Texts, options: BpeTrainingOptions = {}): Promise<Tokenizer> {
  const { byteLevel = false, vocabSize = 30_000, initialAlphabet = [] } = options;
  const { unkToken = byteLevel ? null : '[UNK]', continuingSubwordPrefix, endOfWordSuffix } = options;
  const specialTokens = checkSpecialTokens(
    options.specialTokens ?? (byteLevel ? ['<|endoftext|>'] : unkToken === null ? [] : [unkToken]),
  );
  checkUnkToken(unkToken, specialTokens);
  checkVocabSize(vocabSize, specialTokens.length);
  checkMergeOptions(options);
  if (options.maxTokenLength !== undefined) checkInteger('maxTokenLength', options.maxTokenLength);
  const components = componentsOf(options, byteLevel ? byteLevelComponents : wordComponents(endOfWordSuffix));
  const counts = await countWords(texts, components, options);
  const alphabet = byteLevel ? [...initialAlphabet, ...String.fromCharCode(...byteUnits)] : initialAlphabet;
  const steps = learnMerges(counts, { ...options, vocabSize, specialTokens, initialAlphabet: alphabet });
  const { tokens, merges } = await runTraining(steps, options);
  const model = {
    type: 'BPE',
    unk_token: unkToken,
    continuing_subword_prefix: continuingSubwordPrefix ?? null,
    end_of_word_suffix: endOfWordSuffix ?? null,
    vocab: numbered(tokens),
    merges,
  };
  return trainedTokenizer(model, specialTokens, components);
}

const byteLevelComponents = {
  preTokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  postProcessor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
};

const wordComponents = (suffix: string | undefined) => ({
  preTokenizer: { type: 'Whitespace' },
  decoder: suffix ? { type: 'BPEDecoder', suffix } : null,
});
