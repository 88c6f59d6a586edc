import { requiredId, template } from '../post_processors/template.js';
import { toBase64 } from '../text/base64.js';
import { escapeRegex } from '../text/pattern.js';
import { type AddedTokenFields, addedTokenFields } from './added_tokens.js';
import { type Family, families, replace, type Words } from './sentence_piece_families.js';
import { sentencePieceMerges } from './sentence_piece_merges.js';
import { pieceTypes, type SentencePiece, type SentencePieceModel } from './sentence_piece_model.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

type TextParts = Pick<VocabularyParts, 'normalizer' | 'pre_tokenizer' | 'decoder'>;

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
  const family = families[config.family ?? noKind];
  if (!family) {
    const known = Object.keys(families).join(', ');
    throw new Error(`${name} can be read for models of the kind ${known}, but the model is ${config.family}`);
  }
  const pieces = arrange(model.pieces, family, config);
  const unkId = pieces.findIndex(({ type }) => type === pieceTypes.unknown);
  const ids = new Map(pieces.map(({ piece }, id) => [piece, id]));
  for (const token of family.added ?? []) if (!ids.has(token)) ids.set(token, ids.size);
  const templates = family.templates?.(config);
  const isolated = isOfNoKind(config) ? userPieces(pieces, model) : [];
  return {
    ...(family.words ? wordParts(model, family.words, config) : textParts(model, config, isolated)),
    model: { ...modelParts(model, pieces, unkId, family), ...(isolated.length > 0 && wholeWords(model)) },
    post_processor: templates ? template(templates.single, templates.pair, ids) : null,
    padding: family.leftPadding === undefined ? null : padding(family.leftPadding, ids),
    usualTokens: { unk: pieces[unkId]!.piece, ...family.usualTokens },
    addedTokens: [
      ...addedPieces(model, pieces, family).filter(({ content }) => !isolated.includes(content)),
      ...(family.added ?? []).map((token) => addedTokenFields(token)),
    ],
    ids,
  };
}

/** What a configuration that names no kind of model may still say. */
const noKind = 'pretrained';

const isOfNoKind = ({ family = noKind }: TokenizerConfig) => family === noKind;

/** Pieces that a text is cut at, wherever they are in it; the longest first. A unigram model weighs those of spaces. */
const userPieces = (pieces: readonly SentencePiece[], { algorithm }: SentencePieceModel): string[] =>
  pieces
    .filter(({ type }) => type === pieceTypes.userDefined)
    .map(({ piece }) => piece)
    .filter((piece) => algorithm === 'BPE' || !piece.includes('▁'))
    .sort((a, b) => b.length - a.length);

/** What makes a word that is a piece this piece; a unigram model does so by scores. */
const wholeWords = ({ algorithm }: SentencePieceModel) =>
  algorithm === 'BPE' ? { ignore_merges: true } : {};

/** The pieces in the order of ids. */
function arrange(pieces: readonly SentencePiece[], family: Family, config: TokenizerConfig): SentencePiece[] {
  const { first = [], instead = 0, last = [], scores = {} } = family.arrange?.(config) ?? {};
  const make = (piece: string): SentencePiece => {
    const type = piece === '<unk>' ? pieceTypes.unknown : pieceTypes.control;
    return { piece, score: scores[piece] ?? 0, type };
  };
  const known = new Set(pieces.map(({ piece }) => piece));
  return [
    ...first.map(make),
    ...pieces.slice(instead).map((piece) => ({ ...piece, score: family.score?.(piece) ?? piece.score })),
    ...last.filter((piece) => !known.has(piece)).map(make),
  ];
}

function addedPieces(
  model: SentencePieceModel,
  pieces: readonly SentencePiece[],
  { hidesControls = false, normalizesMask = false }: Family,
): AddedTokenFields[] {
  const hasMask = model.pieces.some(({ piece }) => piece === '<mask>');
  return pieces
    .filter(({ type }) => type === pieceTypes.userDefined || (!hidesControls && isControl(type)))
    .map(({ piece, type }) => {
      const isMask = piece === '<mask>' && !hasMask;
      const special = type !== pieceTypes.userDefined;
      return addedTokenFields(piece, { special, lstrip: isMask, normalized: isMask && normalizesMask });
    });
}

const padding = (pad_type_id: number, ids: ReadonlyMap<string, number>) => ({
  strategy: 'BatchLongest',
  direction: 'Left',
  pad_to_multiple_of: null,
  pad_id: requiredId('<pad>', ids),
  pad_type_id,
  pad_token: '<pad>',
});

/** What is done to a text: spaces part its words, as Hugging Face's library has it. */
function wordParts(model: SentencePieceModel, words: Words, config: TokenizerConfig): TextParts {
  const metaspace = { ...metaspaceOf(config, beginsWithSpace(config)), split: true };
  const charsmap = model.charsmap.length > 0 ? [precompiled(model.charsmap)] : [];
  return {
    normalizer: { type: 'Sequence', normalizers: words.normalizers(charsmap, config) },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...(words.preTokenizers?.(config) ?? []), metaspace] },
    decoder: metaspace,
  };
}

const beginsWithSpace = (config: TokenizerConfig) => config.flag('add_prefix_space') !== false;

/** Writes spaces as ▁ and may put one first: before each part of a text that added tokens leave, if it is `legacy`. */
function metaspaceOf(config: TokenizerConfig, addsSpace: boolean) {
  const first = config.flag('legacy') === false ? 'first' : 'always';
  return { type: 'Metaspace', replacement: '▁', prepend_scheme: addsSpace ? first : 'never', split: false };
}

/** No character, for what no token has: the place of an unknown one, whose text may begin with spaces that stay. */
const placeholder = '\ufdd0';

/**
 * What is done to a text: the whole of it is one word, as the file's own encoder has it.
 *
 * @param isolated pieces that are words of their own
 */
function textParts(
  model: SentencePieceModel,
  config: TokenizerConfig,
  isolated: readonly string[],
): TextParts {
  const isLegacy = config.flag('legacy') !== false;
  const addsSpace = model.addDummyPrefix && beginsWithSpace(config);
  const [unknown] = isOfNoKind(config) ? model.pieces.filter(({ type }) => type === pieceTypes.unknown) : [];
  const spaces = [replace({ Regex: ' {2,}' }, ' '), replace({ Regex: '\\A ' }, '')];
  const lastSpaces = replace({ Regex: '(?<!▁)▁+\\z' }, ''); // the lookbehind keeps the search linear
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(model.charsmap.length > 0 ? [{ ...precompiled(model.charsmap), longest_match: true }] : []),
        ...(model.removeExtraWhitespaces ? spaces : []),
        ...(isLegacy && addsSpace ? [{ type: 'Prepend', prepend: '▁' }] : []),
        ...(isLegacy ? [replace({ String: ' ' }, '▁')] : []),
        ...(model.removeExtraWhitespaces ? [lastSpaces] : []),
      ],
    },
    pre_tokenizer: isolated.length > 0 ? split(isolated) : isLegacy ? null : metaspaceOf(config, addsSpace),
    decoder: {
      type: 'Sequence',
      decoders: [
        ...(unknown ? [replace({ String: unknown.piece }, placeholder)] : []),
        replace({ String: '▁' }, ' '),
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(addsSpace
          ? [{ type: 'Strip', content: ' ', start: model.removeExtraWhitespaces ? 0xffffffff : 1, stop: 0 }]
          : []),
        ...(unknown ? [replace({ String: placeholder }, model.unknownText)] : []),
      ],
    },
  };
}

const split = (pieces: readonly string[]) => ({
  type: 'Split',
  pattern: { Regex: pieces.map(escapeRegex).join('|') },
  behavior: 'Isolated',
  invert: false,
});

function modelParts(
  model: SentencePieceModel,
  pieces: readonly SentencePiece[],
  unk_id: number,
  { words }: Family,
): object {
  const byte_fallback = model.byteFallback && !words; // the library has it for text that is one word only
  if (model.algorithm === 'Unigram') {
    const vocab = pieces.map(({ piece, score }) => [piece, score]);
    if (words) return { type: 'Unigram', unk_id, vocab, byte_fallback };
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

const precompiled = (charsmap: Uint8Array) => ({
  type: 'Precompiled',
  precompiled_charsmap: toBase64(charsmap),
});
