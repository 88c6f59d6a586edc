import { addedToken } from './added_tokens.js';
import { template } from './template.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

/** BERT's tokenizer of a vocab.txt: a token a line, whose number from 0 is its id; of the same token twice the last counts. */
export function bertVocabulary(text: string, config: TokenizerConfig): VocabularyParts {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const ids = new Map(lines.map((token, id) => [token, id]));
  const usual = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' };
  const { cls, sep, unk } = { ...usual, ...config.specialTokens };
  const single = [[cls], ['$A'], [sep]] as const;
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.flag('tokenize_chinese_chars') ?? true,
      strip_accents: config.flag('strip_accents') ?? null,
      lowercase: config.flag('do_lower_case') ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: template(single, [...single, ['$B', 1], [sep, 1]], ids),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
    usualTokens: usual,
    addedTokens: Object.values(usual).map((token) => addedToken(token)),
    ids,
  };
}
