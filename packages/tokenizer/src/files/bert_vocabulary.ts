import { bertTemplate } from '../post_processors/template.js';
import { hasWordSegmenter } from '../segmenters/word_segmenter.js';
import { addedTokenFields } from './added_tokens.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

/**
 * BERT's tokenizer of a vocab.txt: a token a line, whose number from 0 is its id; of the same token twice the last counts.
 * That of BertJapaneseTokenizer cuts words of Japanese first.
 */
export function bertVocabulary(text: string, config: TokenizerConfig): VocabularyParts {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const ids = new Map(lines.map((token, id) => [token, id]));
  const usual = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' };
  const { cls, sep, unk } = { ...usual, ...config.specialTokens };
  const { family } = config;
  return {
    ...(family === 'bertjapanese' ? japaneseWords(config) : words(config)),
    post_processor: bertTemplate(cls, sep, ids),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: family !== 'bertjapanese' },
    model: model(Object.fromEntries(ids), unk, config),
    usualTokens: usual,
    addedTokens: Object.values(usual).map((token) => addedTokenFields(token)),
    ids,
  };
}

function words(config: TokenizerConfig) {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.flag('tokenize_chinese_chars') ?? true,
      strip_accents: config.flag('strip_accents') ?? null,
      lowercase: config.flag('do_lower_case') ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
  };
}

/** Words as of MeCab if a segmenter of this name is registered, else as the JavaScript engine finds them. */
function japaneseWords(config: TokenizerConfig) {
  const forms = [{ type: 'NFKC' }, ...(config.flag('do_lower_case') ? [{ type: 'Lowercase' }] : [])];
  const byWord = hasWordSegmenter('mecab') ? 'mecab' : 'intl';
  const segmenter = isByCharacter(config) ? 'characters' : byWord;
  return {
    normalizer: { type: 'Sequence', normalizers: forms },
    pre_tokenizer: { type: 'WordSegmentation', segmenter },
  };
}

function model(vocab: Record<string, number>, unk: string, config: TokenizerConfig) {
  if (isByCharacter(config)) return { type: 'WordLevel', vocab, unk_token: unk };
  return {
    type: 'WordPiece',
    unk_token: unk,
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab,
  };
}

const isByCharacter = (config: TokenizerConfig) => config.text('subword_tokenizer_type') === 'character';
