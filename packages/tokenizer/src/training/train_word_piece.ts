import { bertTemplate } from '../post_processors/template.js';
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

/**
 * How a WordPiece vocabulary is made: 30,000 tokens, the special ones [PAD], [UNK], [CLS], [SEP] and [MASK], and BERT's
 * components (lowercase) if not said otherwise; NFKC instead of BERT's normalizer where the pre-tokenizer is WordSegmentation.
 */
export interface WordPieceTrainingOptions extends TrainingOptions, MergeOptions {
  /** Stands for words that have unknown characters; `[UNK]` if not given. It must be among the special tokens. */
  unkToken?: string;
  /** What tokens that go on a word begin with; `##` if not given. */
  continuingSubwordPrefix?: string;
  /** The template `[CLS] $A [SEP] $B [SEP]` if not given and the special tokens have both. */
  postProcessor?: object | null;
}

/**
 * Trains a WordPiece tokenizer as Hugging Face's trainer does: by the merges of byte pair encoding. The letters inside of
 * words, which have no fixed order there, get their ids as the texts have them.
 *
 * @throws RangeError if an option is no number, or the vocabulary too small for special tokens and characters
 */
export async function trainWordPiece(
  texts: Texts,
  options: WordPieceTrainingOptions = {},
): Promise<Tokenizer> {
  const { vocabSize = 30_000, unkToken = '[UNK]', continuingSubwordPrefix = '##' } = options;
  const specialTokens = checkSpecialTokens(options.specialTokens ?? bertTokens);
  checkUnkToken(unkToken, specialTokens);
  checkVocabSize(vocabSize, specialTokens.length);
  checkMergeOptions(options);
  const components = componentsOf(options, bertComponents(options, specialTokens, continuingSubwordPrefix));
  const counts = await countWords(texts, components, options);
  const steps = learnMerges(counts, { ...options, vocabSize, specialTokens, continuingSubwordPrefix });
  const { tokens } = await runTraining(steps, options);
  const model = {
    type: 'WordPiece',
    unk_token: unkToken,
    continuing_subword_prefix: continuingSubwordPrefix,
    max_input_chars_per_word: 100,
    vocab: numbered(tokens),
  };
  return trainedTokenizer(model, specialTokens, components);
}

const bertNormalizer = {
  type: 'BertNormalizer',
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
};

const bertTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

function bertComponents(
  { preTokenizer }: WordPieceTrainingOptions,
  specialTokens: readonly string[],
  prefix: string,
) {
  // BERT's would put spaces around each kanji and take the voicing of kana away.
  const hasOwnWords = preTokenizer && 'type' in preTokenizer && preTokenizer.type === 'WordSegmentation';
  const ids = new Map(specialTokens.map((token, id) => [token, id]));
  return {
    normalizer: hasOwnWords ? { type: 'NFKC' } : bertNormalizer,
    preTokenizer: { type: 'BertPreTokenizer' },
    postProcessor: ids.has('[CLS]') && ids.has('[SEP]') ? bertTemplate('[CLS]', '[SEP]', ids) : null,
    decoder: { type: 'WordPiece', prefix, cleanup: true },
  };
}
