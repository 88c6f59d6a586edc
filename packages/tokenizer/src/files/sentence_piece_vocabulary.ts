import { addedToken } from './added_tokens.js';
import { sentencePieceMerges } from './sentence_piece_merges.js';
import { pieceTypes, type SentencePiece, type SentencePieceModel } from './sentence_piece_model.js';
import { type TemplatePlace, template } from './template.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

/** What a kind of model does with the pieces of its file. */
interface Family {
  /** Brings pieces into the order of ids, and adds some. */
  arrange?: (pieces: readonly SentencePiece[]) => SentencePiece[];
  /** What stands around a text, and around a pair. */
  templates?: (config: TokenizerConfig) => { single: TemplatePlace[]; pair: TemplatePlace[] };
  usualTokens: VocabularyParts['usualTokens'];
  /** Whether control pieces are ordinary text where a text has their names, as they are for SentencePiece itself. */
  hidesControls?: boolean;
}

const control = (piece: string): SentencePiece => ({ piece, score: 0, type: pieceTypes.control });

const t5: Family = {
  arrange: (pieces) => {
    const known = new Set(pieces.map(({ piece }) => piece));
    const extra = Array.from({ length: 100 }, (_, i) => `<extra_id_${99 - i}>`);
    return [...pieces, ...extra.filter((piece) => !known.has(piece)).map(control)];
  },
  templates: () => ({
    single: [['$A'], ['</s>']],
    pair: [['$A'], ['</s>'], ['$B'], ['</s>']],
  }),
  usualTokens: { pad: '<pad>', eos: '</s>', unk: '<unk>' },
};

const llama: Family = {
  templates: (config) => {
    const { bos = '<s>', eos = '</s>' } = config.specialTokens;
    const around = (sequence: string, typeId: number): TemplatePlace[] => [
      ...(config.flag('add_bos_token') === false ? [] : [[bos, typeId] as const]),
      [sequence, typeId],
      ...(config.flag('add_eos_token') ? [[eos, typeId] as const] : []),
    ];
    return { single: around('$A', 0), pair: [...around('$A', 0), ...around('$B', 1)] };
  },
  usualTokens: { bos: '<s>', eos: '</s>', unk: '<unk>' },
};

const xlmRoberta: Family = {
  arrange: (pieces) => {
    const unknown = { piece: '<unk>', score: 0, type: pieceTypes.unknown };
    const first = [control('<s>'), control('<pad>'), control('</s>'), unknown];
    return [...first, ...pieces.slice(3), control('<mask>')];
  },
  templates: () => ({
    single: [['<s>'], ['$A'], ['</s>']],
    pair: [['<s>'], ['$A'], ['</s>'], ['</s>'], ['$B'], ['</s>']],
  }),
  usualTokens: {
    ...{ bos: '<s>', eos: '</s>', cls: '<s>', sep: '</s>' },
    ...{ unk: '<unk>', pad: '<pad>', mask: '<mask>' },
  },
};

const plain: Family = {
  usualTokens: { bos: '<s>', eos: '</s>', pad: '<pad>' },
  hidesControls: true,
};

/** By the name of the tokenizer's class without `Tokenizer`, or the model's type. */
const families: Record<string, Family> = {
  t5,
  mt5: t5,
  umt5: t5,
  llama,
  codellama: llama,
  mistral: llama,
  xlmroberta: xlmRoberta,
  bertgeneration: plain,
  reformer: plain,
  pretrained: plain,
};

/**
 * The tokenizer of a SentencePiece file: the file's own ids and no special tokens around a text, unless the
 * configuration names a kind of model that does otherwise.
 *
 * @throws Error if it names a kind that is not known, whose ids may be others than the file's
 */
export function sentencePieceVocabulary(
  model: SentencePieceModel,
  config: TokenizerConfig,
  name: string,
): VocabularyParts {
  const family = families[config.family ?? 'pretrained'];
  if (!family) {
    const known = Object.keys(families).join(', ');
    throw new Error(`${name} can be read for models of the kind ${known}, but the model is ${config.family}`);
  }
  const pieces = family.arrange?.(model.pieces) ?? model.pieces;
  const ids = new Map(pieces.map(({ piece }, id) => [piece, id]));
  const unkId = pieces.findIndex(({ type }) => type === pieceTypes.unknown);
  const templates = family.templates?.(config);
  return {
    ...textParts(model),
    model: modelParts(model, pieces, unkId),
    post_processor: templates ? template(templates.single, templates.pair, ids) : null,
    usualTokens: { unk: pieces[unkId]!.piece, ...family.usualTokens },
    addedTokens: pieces
      .filter(({ type }) => type === pieceTypes.userDefined || (!family.hidesControls && isControl(type)))
      .map(({ piece, type }) =>
        addedToken(piece, { special: type !== pieceTypes.userDefined, lstrip: piece === '<mask>' }),
      ),
    ids,
  };
}

/** What is done to a text: the whole of it is one word, as the file's own encoder has it. */
function textParts(
  model: SentencePieceModel,
): Pick<VocabularyParts, 'normalizer' | 'pre_tokenizer' | 'decoder'> {
  const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
  const spaces = [replace({ Regex: ' {2,}' }, ' '), replace({ Regex: '\\A ' }, '')];
  const lastSpaces = replace({ Regex: '(?<!▁)▁+\\z' }, ''); // the lookbehind keeps the search linear
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...precompiled(model.charsmap),
        ...(model.removeExtraWhitespaces ? spaces : []),
        ...(model.addDummyPrefix ? [{ type: 'Prepend', prepend: '▁' }] : []),
        replace({ String: ' ' }, '▁'),
        ...(model.removeExtraWhitespaces ? [lastSpaces] : []),
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        replace({ String: '▁' }, ' '),
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(model.addDummyPrefix
          ? [{ type: 'Strip', content: ' ', start: model.removeExtraWhitespaces ? 0xffffffff : 1, stop: 0 }]
          : []),
      ],
    },
  };
}

function modelParts(model: SentencePieceModel, pieces: readonly SentencePiece[], unk_id: number): object {
  const byte_fallback = model.byteFallback;
  if (model.algorithm === 'Unigram') {
    const vocab = pieces.map(({ piece, score }) => [piece, score]);
    const reserved = pieces.flatMap(({ type }, id) => (isInTexts(type) ? [] : [id]));
    return { type: 'Unigram', unk_id, vocab, byte_fallback, reserved, single_precision: true };
  }
  return {
    type: 'BPE',
    dropout: null,
    unk_token: pieces[unk_id]!.piece,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback,
    ignore_merges: false,
    vocab: Object.fromEntries(pieces.map(({ piece }, id) => [piece, id])),
    merges: sentencePieceMerges(pieces),
  };
}

const isControl = (type: number) => type === pieceTypes.unknown || type === pieceTypes.control;

const isInTexts = (type: number) => type === pieceTypes.normal || type === pieceTypes.userDefined;

const precompiled = (charsmap: Uint8Array): object[] =>
  charsmap.length > 0
    ? [{ type: 'Precompiled', precompiled_charsmap: base64(charsmap), longest_match: true }]
    : [];

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
