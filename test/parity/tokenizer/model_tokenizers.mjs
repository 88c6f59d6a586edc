/** Tokenizers of each model, with little vocabularies of their own. */
const tokenizer = (model, pre_tokenizer = { type: 'WhitespaceSplit' }) => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer,
  post_processor: null,
  decoder: { type: 'Fuse' },
  model,
});

/** Ids by token, with a hole before every third. */
const ids = (tokens) => Object.fromEntries(tokens.map((token, i) => [token, i + Math.floor(i / 3)]));

const bytes = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);

const bpe = (tokens, merges, options = {}) => ({
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  ...options,
  vocab: ids(tokens),
  merges: merges.map((merge) => merge.split('|')),
});

const letters = [...'abcdeghinorstuwz.,!日本年がか', '😀', 'é', '\u0301'];
const merges = [
  'a|a',
  'w|o',
  'r|d',
  'wo|rd',
  'b|b',
  'a|b',
  '日|本',
  '日本|年',
  'e|\u0301',
  '😀|😀',
  'i|s',
  'a|t',
  'h|e',
  't|he',
];
const merged = merges.map((merge) => merge.replace('|', ''));

const scored = (tokens) => tokens.map((token, i) => [token, token === '<unk>' ? 0 : -((i * 37) % 11) - 1.5]);

export const modelTokenizers = {
  word_piece: tokenizer({
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 12,
    vocab: ids([
      '[UNK]',
      ...letters,
      ...letters.map((letter) => `##${letter}`),
      ...merged,
      '##bb',
      '##日本',
      '[MASK]',
      'word',
    ]),
  }),
  bpe_unknown: tokenizer(bpe(['<unk>', ...letters, ...merged], merges, { unk_token: '<unk>' })),
  bpe_fused: tokenizer(
    bpe(['<unk>', ...letters, ...merged, 'café'], merges, {
      unk_token: '<unk>',
      fuse_unk: true,
      ignore_merges: true,
    }),
    null,
  ),
  bpe_left_out: tokenizer(bpe([...letters, ...merged], merges)),
  bpe_bytes: tokenizer(
    bpe(['<unk>', ...bytes, ...letters, ...merged, '<0xE3><0x81>'], [...merges, '<0xE3>|<0x81>'], {
      unk_token: '<unk>',
      byte_fallback: true,
    }),
    null,
  ),
  bpe_word_ends: tokenizer(
    bpe(
      [
        '<unk>',
        ...letters,
        ...letters.map((letter) => `-${letter}`),
        ...letters.map((letter) => `${letter}$`),
        ...letters.map((letter) => `-${letter}$`),
        'wo',
        '-rd$',
        'word$',
        'aa',
        '-aa$',
      ],
      ['w|-o', '-r|-d$', 'wo|-rd$', 'a|-a', '-a|-a$'],
      { unk_token: '<unk>', continuing_subword_prefix: '-', end_of_word_suffix: '$' },
    ),
  ),
  unigram_pieces: tokenizer(
    {
      type: 'Unigram',
      unk_id: 0,
      vocab: scored(['<unk>', ...letters, ...merged, 'wordw', 'かが', ' ', '  ']),
      byte_fallback: false,
    },
    null,
  ),
  unigram_bytes: tokenizer({
    type: 'Unigram',
    unk_id: 3,
    vocab: scored(['a', 'b', 'word', '<unk>', ...bytes, ...letters, ...merged]),
    byte_fallback: true,
  }),
};
