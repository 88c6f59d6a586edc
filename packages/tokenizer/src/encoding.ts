import type { Offsets } from './text/normalized_string.js';

/** What is known of each token of an encoding, as parallel lists. */
export interface EncodingFields {
  ids: number[];
  tokens: string[];
  typeIds: number[];
  attentionMask: number[];
  specialTokensMask: number[];
  offsets: Offsets[];
  wordIds: (number | null)[];
  sequenceIds: (number | null)[];
}

/** A text, or a pair of texts, as tokens. All lists have one entry a token. */
export class Encoding implements EncodingFields {
  /** Index in the vocabulary. */
  readonly ids: number[];
  /** The token as the vocabulary spells it; an added token as the text has it. */
  readonly tokens: string[];
  /** Which segment the model is told the token belongs to. */
  readonly typeIds: number[];
  /** 1, or 0 for padding. */
  readonly attentionMask: number[];
  /** 1 for tokens that were added around the text or as padding, else 0. */
  readonly specialTokensMask: number[];
  /** Where the token stands in its text, in UTF-16 units: `text.slice(start, end)`; [0, 0] for what was added. */
  readonly offsets: Offsets[];
  /** Which word of its text the token belongs to, from 0; null for what was added. */
  readonly wordIds: (number | null)[];
  /** 0 for a token of the text, 1 of the pair; null for what was added, but 0 if the tokenizer has no post-processor. */
  readonly sequenceIds: (number | null)[];
  /** What truncation cut off, in windows that are encodings of their own. */
  readonly overflowing: Encoding[];

  constructor(fields: EncodingFields, overflowing: Encoding[] = []) {
    this.ids = fields.ids;
    this.tokens = fields.tokens;
    this.typeIds = fields.typeIds;
    this.attentionMask = fields.attentionMask;
    this.specialTokensMask = fields.specialTokensMask;
    this.offsets = fields.offsets;
    this.wordIds = fields.wordIds;
    this.sequenceIds = fields.sequenceIds;
    this.overflowing = overflowing;
  }

  /** Tokens that stand for no text: padding, or special tokens of a template. */
  static added(tokens: { ids: number[]; tokens: string[]; typeId: number; attention: 0 | 1 }): Encoding {
    const { ids } = tokens;
    return new Encoding({
      ids,
      tokens: tokens.tokens,
      typeIds: ids.map(() => tokens.typeId),
      attentionMask: ids.map(() => tokens.attention),
      specialTokensMask: ids.map(() => 1),
      offsets: ids.map(() => [0, 0]),
      wordIds: ids.map(() => null),
      sequenceIds: ids.map(() => null),
    });
  }

  /** The tokens of several encodings one after the other, without what overflowed. */
  static concat(parts: Encoding[], overflowing: Encoding[] = []): Encoding {
    if (parts.length === 1) return parts[0]!.withOverflowing(overflowing);
    const join = <V>(values: (part: Encoding) => V[]) => ([] as V[]).concat(...parts.map(values));
    return new Encoding(
      {
        ids: join(({ ids }) => ids),
        tokens: join(({ tokens }) => tokens),
        typeIds: join(({ typeIds }) => typeIds),
        attentionMask: join(({ attentionMask }) => attentionMask),
        specialTokensMask: join(({ specialTokensMask }) => specialTokensMask),
        offsets: join(({ offsets }) => offsets),
        wordIds: join(({ wordIds }) => wordIds),
        sequenceIds: join(({ sequenceIds }) => sequenceIds),
      },
      overflowing,
    );
  }

  /** Number of tokens. */
  get length(): number {
    return this.ids.length;
  }

  /** The token that the character at a UTF-16 index of a text belongs to. */
  charToToken(index: number, sequenceIndex = 0): number | undefined {
    const token = this.offsets.findIndex(
      ([start, end], i) => start <= index && index < end && this.sequenceIds[i] === sequenceIndex,
    );
    return token === -1 ? undefined : token;
  }

  /** The word that the character at a UTF-16 index of a text belongs to. */
  charToWord(index: number, sequenceIndex = 0): number | undefined {
    const token = this.charToToken(index, sequenceIndex);
    return token === undefined ? undefined : this.tokenToWord(token);
  }

  /** Where a token stands in its text; undefined for what was added, as for all of these. */
  tokenToChars(token: number): Offsets | undefined {
    return this.tokenToSequence(token) === undefined ? undefined : this.offsets[token];
  }

  tokenToWord(token: number): number | undefined {
    return this.wordIds[token] ?? undefined;
  }

  /** 0 for a token of the text, 1 for one of the pair. */
  tokenToSequence(token: number): number | undefined {
    return this.sequenceIds[token] ?? undefined;
  }

  /** The tokens of a word, as a half-open range. */
  wordToTokens(word: number, sequenceIndex = 0): Offsets | undefined {
    const isOfWord = (id: number | null, i: number) => id === word && this.sequenceIds[i] === sequenceIndex;
    const first = this.wordIds.findIndex(isOfWord);
    return first === -1 ? undefined : [first, this.wordIds.findLastIndex(isOfWord) + 1];
  }

  /** Where a word stands in its text. */
  wordToChars(word: number, sequenceIndex = 0): Offsets | undefined {
    const tokens = this.wordToTokens(word, sequenceIndex);
    return tokens && [this.offsets[tokens[0]]![0], this.offsets[tokens[1] - 1]![1]];
  }

  /** Tokens `start` to `end`, without what overflowed. */
  slice(start: number, end: number): Encoding {
    return new Encoding({
      ids: this.ids.slice(start, end),
      tokens: this.tokens.slice(start, end),
      typeIds: this.typeIds.slice(start, end),
      attentionMask: this.attentionMask.slice(start, end),
      specialTokensMask: this.specialTokensMask.slice(start, end),
      offsets: this.offsets.slice(start, end),
      wordIds: this.wordIds.slice(start, end),
      sequenceIds: this.sequenceIds.slice(start, end),
    });
  }

  withOverflowing(overflowing: Encoding[]): Encoding {
    return new Encoding(this, overflowing);
  }

  withOffsets(offsets: Offsets[]): Encoding {
    return new Encoding({ ...this, offsets }, this.overflowing);
  }

  /** The same tokens, all of one type. */
  withTypeId(typeId: number): Encoding {
    if (this.typeIds.every((id) => id === typeId)) return this;
    return new Encoding({ ...this, typeIds: this.ids.map(() => typeId) }, this.overflowing);
  }

  /** The same tokens, and what overflowed, all of one text. */
  withSequenceId(sequenceId: number): Encoding {
    const overflowing = this.overflowing.map((window) => window.withSequenceId(sequenceId));
    return new Encoding({ ...this, sequenceIds: this.ids.map(() => sequenceId) }, overflowing);
  }
}
