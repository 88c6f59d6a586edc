import type { TemplatePlace } from '../post_processors/template.js';
import { mbart50Languages, mbartLanguages, nllbLanguages } from './language_codes.js';
import type { SentencePiece } from './sentence_piece_model.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

/** Pieces that are not in the file. */
interface Arrangement {
  /** Take the place of the first `instead` pieces. */
  first?: readonly string[];
  instead?: number;
  /** Come after all others; those that the file has stay where they are. */
  last?: readonly string[];
  /** Scores of some of them, which else are 0. */
  scores?: Readonly<Record<string, number>>;
}

/** What a kind of model does with the pieces of its file. */
export interface Family {
  arrange?: (config: TokenizerConfig) => Arrangement;
  /** Makes the scores of some pieces others. */
  score?: (piece: SentencePiece) => number;
  /** What stands around a text, and around a pair. */
  templates?: (config: TokenizerConfig) => Templates;
  usualTokens: VocabularyParts['usualTokens'];
  /** Tokens that the model does not know, only the tokenizer. */
  added?: readonly string[];
  /** Whether `<mask>` is found in texts after they are normalized. */
  normalizesMask?: boolean;
  /** Whether control pieces are ordinary text where a text has their names, as they are for SentencePiece itself. */
  hidesControls?: boolean;
  /** How texts become words, as in Hugging Face's library; as in SentencePiece if not given. */
  words?: Words;
  /** The type id of padding, which is put before texts. */
  leftPadding?: number;
}

interface Templates {
  single: readonly TemplatePlace[];
  pair: readonly TemplatePlace[];
}

export interface Words {
  /** @param charsmap the normalizer that the file has, if it has one */
  normalizers(charsmap: readonly object[], config: TokenizerConfig): object[];
  /** Cut before spaces are. */
  preTokenizers?(config: TokenizerConfig): object[];
}

/** A normalizer or decoder that puts a text in the place of a pattern. */
export const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
const spaceRuns = (content: string) => replace({ Regex: ' {2,}' }, content);
const strip = (strip_left: boolean) => ({ type: 'Strip', strip_left, strip_right: true });

const plainWords: Words = {
  normalizers: (charsmap) => [...charsmap, strip(false), spaceRuns('▁')],
};

const accentWords = (lowerCase: boolean): Words => ({
  normalizers: (charsmap, config) => [
    replace({ String: '``' }, '"'),
    replace({ String: "''" }, '"'),
    ...(config.flag('keep_accents') ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
    ...((config.flag('do_lower_case') ?? lowerCase) ? [{ type: 'Lowercase' }] : []),
    ...charsmap,
    spaceRuns(' '),
  ],
});

/** 100 less for pieces that end in a digit and a comma, which are not to be taken. */
const withoutNumberCommas = ({ piece, score }: SentencePiece) =>
  /\p{Nd},$/u.test(piece) ? score - 100 : score;

const bert: Templates = {
  single: [['[CLS]'], ['$A'], ['[SEP]']],
  pair: [['[CLS]'], ['$A'], ['[SEP]'], ['$B', 1], ['[SEP]', 1]],
};

const bertTokens = { cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' };

const roberta: Templates = {
  single: [['<s>'], ['$A'], ['</s>']],
  pair: [['<s>'], ['$A'], ['</s>'], ['</s>'], ['$B'], ['</s>']],
};

const robertaTokens = {
  ...{ bos: '<s>', eos: '</s>', cls: '<s>', sep: '</s>' },
  ...{ unk: '<unk>', pad: '<pad>', mask: '<mask>' },
};

const t5: Family = {
  arrange: (config) => {
    const count = config.integer('extra_ids') ?? 100;
    return { last: Array.from({ length: count }, (_, i) => `<extra_id_${count - 1 - i}>`) };
  },
  templates: () => ({
    single: [['$A'], ['</s>']],
    pair: [['$A'], ['</s>'], ['$B'], ['</s>']],
  }),
  usualTokens: { pad: '<pad>', eos: '</s>', unk: '<unk>' },
  words: plainWords,
};

const beginning =
  (usualBos: string, usualEos: string) =>
  (config: TokenizerConfig): Templates => {
    const { bos = usualBos, eos = usualEos } = config.specialTokens;
    const around = (sequence: string, typeId: number): TemplatePlace[] => [
      ...(config.flag('add_bos_token') === false ? [] : [[bos, typeId] as const]),
      [sequence, typeId],
      ...(config.flag('add_eos_token') ? [[eos, typeId] as const] : []),
    ];
    return { single: around('$A', 0), pair: [...around('$A', 0), ...around('$B', 1)] };
  };

const llama: Family = {
  templates: beginning('<s>', '</s>'),
  usualTokens: { bos: '<s>', eos: '</s>', unk: '<unk>' },
};

const gemma: Family = {
  templates: beginning('<bos>', '<eos>'),
  usualTokens: { bos: '<bos>', eos: '<eos>', unk: '<unk>', pad: '<pad>', mask: '<mask>' },
  leftPadding: 0,
};

/** Fairseq's ids: those of SentencePiece and one, with other tokens first and some last. */
const fairseq = (...last: string[]): Pick<Family, 'arrange' | 'usualTokens' | 'words'> => ({
  arrange: () => ({ first: ['<s>', '<pad>', '</s>', '<unk>'], instead: 3, last: [...last, '<mask>'] }),
  usualTokens: robertaTokens,
  words: plainWords,
});

const xlmRoberta: Family = { ...fairseq(), templates: () => roberta };

const camembert: Family = {
  ...xlmRoberta,
  arrange: () => ({
    first: ['<s>NOTUSED', '<pad>', '</s>NOTUSED', '<unk>', '<unk>NOTUSED'],
    instead: 1,
    last: ['<mask>'],
    scores: { '<unk>NOTUSED': -100 },
  }),
};

/** A language before a text and its end after it, or both after it. */
const translation = (before: readonly TemplatePlace[], after: readonly TemplatePlace[]): Templates => ({
  single: [...before, ['$A'], ...after],
  pair: [...before, ['$A'], ['$B'], ...after],
});

const mbart: Family = {
  ...fairseq(...mbartLanguages),
  templates: (config) => translation([], [['</s>'], [config.text('src_lang') ?? 'en_XX']]),
};

const mbart50: Family = {
  ...fairseq(...mbartLanguages, ...mbart50Languages),
  templates: (config) => translation([[config.text('src_lang') ?? 'en_XX']], [['</s>']]),
};

const nllb: Family = {
  ...fairseq(...nllbLanguages),
  normalizesMask: true,
  templates: (config) => {
    const language = [config.text('src_lang') ?? 'eng_Latn'] as const;
    const end = ['</s>'] as const;
    return config.flag('legacy_behaviour')
      ? translation([], [end, language])
      : translation([language], [end]);
  },
};

const pegasus: Family = {
  arrange: (config) => {
    const offset = config.integer('offset') ?? 103;
    const unused = Array.from({ length: Math.max(0, offset - 2) }, (_, i) => `<unk_${i + 2}>`);
    return {
      first: ['<pad>', '</s>', ...(offset > 0 ? ['<mask_1>', '<mask_2>'] : []), ...unused],
      instead: 2,
      scores: Object.fromEntries(unused.map((piece) => [piece, -100])),
    };
  },
  templates: () => translation([], [['</s>']]),
  usualTokens: { pad: '<pad>', eos: '</s>', unk: '<unk>', mask: '<mask_2>' },
  words: { ...plainWords, preTokenizers: () => [{ type: 'WhitespaceSplit' }] },
};

const albert: Family = {
  score: withoutNumberCommas,
  templates: () => bert,
  usualTokens: { ...bertTokens, bos: '[CLS]', eos: '[SEP]', unk: '<unk>', pad: '<pad>' },
  words: accentWords(true),
};

const xlnet: Family = {
  score: withoutNumberCommas,
  templates: () => ({
    single: [['$A'], ['<sep>'], ['<cls>', 2]],
    pair: [['$A'], ['<sep>'], ['$B', 1], ['<sep>', 1], ['<cls>', 2]],
  }),
  usualTokens: {
    ...{ bos: '<s>', eos: '</s>', cls: '<cls>', sep: '<sep>' },
    ...{ unk: '<unk>', pad: '<pad>', mask: '<mask>' },
  },
  words: accentWords(false),
  leftPadding: 3,
};

const bigBird: Family = {
  templates: () => bert,
  usualTokens: { ...bertTokens, bos: '<s>', eos: '</s>', unk: '<unk>', pad: '<pad>' },
  words: plainWords,
};

const debertaV2: Family = {
  templates: () => bert,
  usualTokens: { ...bertTokens, bos: '[CLS]', eos: '[SEP]', unk: '[UNK]', pad: '[PAD]' },
  added: ['[MASK]'],
  words: {
    normalizers: (charsmap, config) => [
      ...(config.flag('do_lower_case') ? [{ type: 'Lowercase' }] : []),
      strip(true),
      ...charsmap,
      spaceRuns(' '),
    ],
    preTokenizers: (config) =>
      config.flag('split_by_punct') ? [{ type: 'Punctuation', behavior: 'Isolated' }] : [],
  },
};

const barthez: Family = { templates: () => roberta, usualTokens: robertaTokens, words: plainWords };

const plain: Family = {
  usualTokens: { bos: '<s>', eos: '</s>', pad: '<pad>' },
  hidesControls: true,
};

/** By the name of the tokenizer's class without `Tokenizer`, or the model's type. */
export const families: Readonly<Record<string, Family>> = {
  t5,
  mt5: t5,
  umt5: t5,
  llama,
  codellama: llama,
  mistral: llama,
  gemma,
  gemma2: gemma,
  gemma3: gemma,
  gemma3text: gemma,
  xlmroberta: xlmRoberta,
  camembert,
  barthez,
  mbart,
  mbart50,
  nllb,
  pegasus,
  bigbirdpegasus: pegasus,
  albert,
  xlnet,
  bigbird: bigBird,
  debertav2: debertaV2,
  bertgeneration: plain,
  reformer: plain,
  pretrained: plain,
};
