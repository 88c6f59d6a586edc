export { alignAnswer, answerText, type TextSpan, type TokenSpan } from './alignment/answers.js';
export { alignWordTags, type WordTagOptions, wordTagsOf } from './alignment/word_tags.js';
export type { EncodeOptions } from './encode_options.js';
export type { Encoding } from './encoding.js';
export type { SpecialTokens } from './special_tokens.js';
export { type BatchEncoding, type TextInput, type TextOrWords, Tokenizer } from './tokenizer.js';
export {
  characterTokenizer,
  type SimpleTokenizerOptions,
  wordTokenizer,
} from './training/simple_tokenizers.js';
export { trainWordLevel, type WordLevelOptions } from './training/train_word_level.js';
