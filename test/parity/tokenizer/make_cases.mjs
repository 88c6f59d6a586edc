/**
 * Writes files of cases for oracle.py, one a tokenizer that chui made or that is given here.
 *
 *     node make_cases.mjs DIR [random cases a tokenizer, 30 if not given] [seed]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  characterTokenizer,
  trainBpe,
  trainUnigram,
  trainWordPiece,
  wordTokenizer,
} from '../../../packages/tokenizer/dist/index.js';
import { modelTokenizers } from './model_tokenizers.mjs';

const [dir = '.', count = '30', seed = '1'] = process.argv.slice(2);

const dates = ['2026年11月22日', '令和8年11月22日', 'Sunday, November 22, 2026', '22/11/26', '2026-11-22'];
const japanese = ['私は学生です 。', '吾輩 は 猫 で ある 。', 'コンピュータ が ｶﾞ 壊れ た', '東京特許許可局'];
const english = ['the cat sat on the mat .', 'Ünïcode is fun , is n’t it ?', 'a naïve café', '😀 is a smile'];

const curated = [
  '',
  ' ',
  'a',
  '  two  spaces ',
  'line\nbreak\r\nand\ttab',
  'nul \0 inside',
  ...dates,
  ...japanese,
  ...english,
  'e\u0301 and é and e\u0323\u0302 ệ ẹ\u0302',
  'ﬁne ﬂow ½ ² ㎏ ㈱ ｱｲｳ ﾊﾟ',
  '\u1100\u1161\u11a8 각 가\u11a8',
  '\u0344 \u0345\u0334\u0300',
  'İstanbul ΣΑΣ ẞ ſ K Å',
  '👩‍👩‍👧‍👦 🇯🇵 👍🏽',
  '\u{1d15e} \u{2f800} 豈 \u0958',
  'zero\u200bwidth\u200djoin\ufeffbom\u0085nel\u3000wide',
  '[BOS] text [EOS] [PAD][PAD] [UNK]',
  '[CLS] x [SEP]',
  '[bos] [Bos]',
  'x [MASK]y   [MASK]  z',
  'a<tag>b <TAG> c <tag>',
  'word words keyword word. sword',
  '日本word日本 word',
  'Ａｄｄｅｄ added ADDED',
  '.,;:!?…—–-_()[]{}',
  '٣ ३ ３ Ⅳ ①',
];

const alphabet = [
  ...'aabbcczzZ .,!?-_019é ß\n\t',
  'word',
  '[MASK]',
  '[CLS]',
  '<tag>',
  'Added',
  'é',
  'e\u0301',
  '\u0301',
  '\u0323',
  '\u0302',
  '\u0327',
  '\u3099',
  'か',
  'が',
  '日',
  '本',
  '年',
  'ｶ',
  'ﾞ',
  'ﬁ',
  '½',
  'İ',
  'Σ',
  'ς',
  '😀',
  '👍🏽',
  '\u{1f1ef}',
  '\u{1d15e}',
  '\u1100',
  '\u1161',
  '\u11a8',
  '각',
  '豈',
  'ệ',
  '\u0344',
  '\u0345',
  '\u0334',
  '\u0f73',
  '\u0f71',
  '\u0958',
  '\u2126',
  '\u212b',
  'ǆ',
  '\u200d',
  '\u00a0',
  '\u3000',
  '\u0085',
  '\ufeff',
  '[BOS]',
  '[EOS]',
  '2026',
];

const added = (id, content, flags = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...flags,
});

const bert = (normalizer, pre_tokenizer) => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [
    added(0, '[PAD]'),
    added(1, '[UNK]'),
    added(2, '[CLS]'),
    added(3, '[SEP]'),
    added(4, '[MASK]', { lstrip: true, rstrip: true }),
    added(5, '<tag>', { normalized: true, special: false }),
    added(6, 'word', { single_word: true, special: false }),
    added(13, 'Added', { normalized: true, special: false, rstrip: true }),
  ],
  normalizer,
  pre_tokenizer,
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
      { Sequence: { id: 'B', type_id: 1 } },
      { SpecialToken: { id: '[SEP]', type_id: 1 } },
    ],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3, 1], tokens: ['[SEP]', '[UNK]'] },
    },
  },
  decoder: null,
  model: {
    type: 'WordLevel',
    vocab: {
      '[PAD]': 0,
      '[UNK]': 1,
      '[CLS]': 2,
      '[SEP]': 3,
      '[MASK]': 4,
      '<tag>': 5,
      word: 6,
      a: 7,
      the: 8,
      é: 9,
      が: 10,
      日: 11,
      fi: 12,
    },
    unk_token: '[UNK]',
  },
});

const split = (Regex, behavior, invert = false) => ({ type: 'Split', pattern: { Regex }, behavior, invert });
const forms = (...types) => ({ type: 'Sequence', normalizers: types.map((type) => ({ type })) });
const plain = (normalizer, pre_tokenizer) => ({
  ...bert(normalizer, pre_tokenizer),
  added_tokens: [],
  post_processor: null,
  decoder: { type: 'Fuse' },
});
const everyCharacter = split('[\\s\\S]', 'Isolated');
const gpt4 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const byteLevel = (add_prefix_space) => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets: true,
  use_regex: true,
});
const roberta = { type: 'RobertaProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2], trim_offsets: true };

/** Tokenizers with one token a piece of each pre-tokenizer, and one of each post-processor. */
const byComponents = (pre_tokenizer, post_processor) => {
  const { model, ...rest } = bert(null, pre_tokenizer);
  const vocab = { ...model.vocab, Added: 13, Ġa: 14, Ġthe: 15, Ġ: 16, ĠĠ: 17, Ċ: 18, '▁the': 19, 年: 20 };
  return { ...rest, post_processor, model: { ...model, vocab } };
};
const preTokenizers = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });

const sentences = [...dates, ...japanese, ...english];

const tokenizers = {
  characters: characterTokenizer([...dates, ...japanese]).toJSON(),
  words: wordTokenizer([...english, ...japanese], { lowercase: true, unicodeForm: 'NFKC' }).toJSON(),
  bert_nfc: bert({ type: 'NFC' }, { type: 'Whitespace' }),
  bert_lowercase: bert(forms('NFKC', 'Lowercase'), { type: 'WhitespaceSplit' }),
  nfc: plain({ type: 'NFC' }, everyCharacter),
  nfd: plain({ type: 'NFD' }, everyCharacter),
  nfkc: plain({ type: 'NFKC' }, everyCharacter),
  nfkd_lowercase_nfc: plain(forms('NFKD', 'Lowercase', 'NFC'), everyCharacter),
  unsplit: plain(null, null),
  removed: plain(null, split('\\s|[a-c&&[^b]]', 'Removed')),
  merged_with_previous: plain(null, split('\\W', 'MergedWithPrevious')),
  merged_with_next: plain(null, split('[[:punct:]\\s]', 'MergedWithNext')),
  contiguous: plain(null, split('\\p{Han}|[\\p{Hiragana}\\p{Katakana}]', 'Contiguous')),
  inverted: plain(null, split('\\w+?\\b|^.|$', 'MergedWithPrevious', true)),
  roberta: byComponents(byteLevel(false), { ...roberta, add_prefix_space: false }),
  roberta_prefix: byComponents(byteLevel(true), { ...roberta, add_prefix_space: true }),
  byte_level: byComponents(byteLevel(true), byteLevel(true)),
  bert_processing: byComponents(
    { type: 'BertPreTokenizer' },
    { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
  ),
  metaspace: byComponents(
    { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
    { type: 'Sequence', processors: [byteLevel(false), bert().post_processor] },
  ),
  scripts: plain(
    null,
    preTokenizers({ type: 'UnicodeScripts' }, { type: 'Digits', individual_digits: true }),
  ),
  punctuation: plain(
    null,
    preTokenizers(
      { type: 'Punctuation', behavior: 'MergedWithPrevious' },
      { type: 'CharDelimiterSplit', delimiter: ' ' },
      { type: 'Digits', individual_digits: false },
      { type: 'FixedLength', length: 3 },
    ),
  ),
  gpt4: plain(null, split(gpt4, 'Isolated')),
  possessive: plain(null, {
    type: 'Sequence',
    pretokenizers: [
      split('(?>[a-z]+)\\d*+|\\h{2}', 'Isolated'),
      { type: 'Split', pattern: { String: '.' }, behavior: 'MergedWithNext', invert: false },
    ],
  }),
  ...modelTokenizers,
  trained_bpe: (
    await trainBpe(sentences, { byteLevel: true, vocabSize: 300, specialTokens: ['[PAD]'] })
  ).toJSON(),
  trained_unigram: (
    await trainUnigram(sentences, {
      vocabSize: 150,
      specialTokens: ['[PAD]', '[UNK]'],
      unkToken: '[UNK]',
    })
  ).toJSON(),
  trained_word_piece: (await trainWordPiece(sentences, { vocabSize: 150 })).toJSON(),
};

const optionsList = [
  {},
  { addSpecialTokens: false },
  { truncation: 'longest_first', maxLength: 7 },
  { truncation: 'longest_first', maxLength: 12, stride: 2 },
  { truncation: 'only_first', maxLength: 8, truncationSide: 'left', stride: 1 },
  { padding: 'max_length', maxLength: 12 },
  { padding: 'longest', padToMultipleOf: 8, paddingSide: 'left' },
  { splitSpecialTokens: true },
  { isSplitIntoWords: true },
];

/** A generator of numbers in [0, 1) (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

mkdirSync(dir, { recursive: true });
for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const next = random(Number(seed) * 1000 + name.length);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const text = ({ isSplitIntoWords }) => {
    const parts = Array.from({ length: Math.floor(next() * 14) }, () => pick(alphabet));
    return isSplitIntoWords ? parts : parts.join('');
  };
  const hasTemplate = tokenizer.post_processor !== null;
  const cases = curated.map((text) => ({ text }));
  for (let i = 0; i < Number(count); i++) {
    const options = hasTemplate ? pick(optionsList) : {};
    const fits = options.truncation !== 'only_first';
    cases.push(
      hasTemplate && fits && next() < 0.4
        ? { text: text(options), pair: text(options), options }
        : { text: text(options), options },
    );
  }
  writeFileSync(`${dir}/${name}.json`, JSON.stringify({ tokenizer, cases }));
}
