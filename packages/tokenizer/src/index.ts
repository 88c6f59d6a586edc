export type { EncodeOptions } from './encode_options.js';
export type { Encoding } from './encoding.js';
export type { SpecialTokens } from './special_tokens.js';
export { type BatchEncoding, type TextInput, Tokenizer } from './tokenizer.js';
export {
  characterTokenizer,
  type SimpleTokenizerOptions,
  wordTokenizer,
} from './training/simple_tokenizers.js';
export { trainWordLevel, type WordLevelOptions } from './training/train_word_level.js';
