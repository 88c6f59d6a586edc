export type { AddedToken, AddedTokenOptions, NewSpecialTokens, NewTokens } from './added_token.js';
export { alignAnswer, answerText, type TextSpan, type TokenSpan } from './alignment/answers.js';
export { alignWordTags, type WordTagOptions, wordTagsOf } from './alignment/word_tags.js';
export type { ChatMessage, ChatOptions, ChatTemplates } from './chat_templates.js';
export type { DecodeOptions } from './decode_options.js';
export type { DecodeStream } from './decode_stream.js';
export type { EncodeOptions } from './encode_options.js';
export type { Encoding } from './encoding.js';
export { type KuromojiOptions, loadKuromoji } from './segmenters/kuromoji.js';
export { registerWordSegmenter, type WordSegmenter } from './segmenters/word_segmenter.js';
export type { SpecialTokens, TokenRole } from './special_tokens.js';
export type { Offsets } from './text/normalized_string.js';
export type { TextInput, TextOrWords } from './text_inputs.js';
export { type BatchEncoding, type BatchOptions, Tokenizer } from './tokenizer.js';
export {
  characterTokenizer,
  type SimpleTokenizerOptions,
  wordTokenizer,
} from './training/simple_tokenizers.js';
export { type BpeTrainingOptions, trainBpe } from './training/train_bpe.js';
export { trainUnigram, type UnigramTrainingOptions } from './training/train_unigram.js';
export { trainWordLevel, type WordLevelOptions } from './training/train_word_level.js';
export { trainWordPiece, type WordPieceTrainingOptions } from './training/train_word_piece.js';
export type { Components, Texts, TrainingOptions, TrainingProgress } from './training/training_options.js';
export type { Side, TruncationStrategy } from './truncation.js';
