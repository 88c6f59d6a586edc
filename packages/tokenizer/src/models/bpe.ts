import type { JsonNode } from '../json/json_node.js';
import { ByteTokens } from './byte_tokens.js';
import { Merges } from './merges.js';
import type { Model, Token } from './model.js';
import { randomNumbers } from './random.js';
import { Symbols } from './symbols.js';
import { Vocabulary } from './vocabulary.js';

export interface BpeOptions {
  /** How likely a merge is passed over, from 0 to 1. */
  dropout?: number | undefined;
  /** Where the numbers that decide on dropout begin; 0 if not given. */
  seed?: number | undefined;
  /** Stands for unknown characters, which else are left out. */
  unkToken?: string | undefined;
  /** What tokens that go on a word begin with. */
  continuingSubwordPrefix?: string | undefined;
  /** What tokens that end a word end with. */
  endOfWordSuffix?: string | undefined;
  /** Makes one token of unknown characters side by side. */
  fuseUnk?: boolean;
  /** Gives unknown characters the tokens `<0x00>` to `<0xFF>` of their bytes, if the vocabulary has all of those. */
  byteFallback?: boolean;
  /** Takes a word that the vocabulary has as it is. */
  ignoreMerges?: boolean;
}

/**
 * Byte pair encoding: a word begins as its characters; the two tokens side by side that have the first of all merges
 * become one, until there is none. A word of n characters takes n log n steps.
 *
 * Quirks of the reference that are kept: without an unknown token, characters that are left out move the offsets of
 * what follows to the left; an unknown character before one that falls apart into bytes comes after them; with dropout,
 * `ignore_merges` has no effect.
 *
 * @see Sennrich et al. (2016), https://arxiv.org/abs/1508.07909; dropout: https://arxiv.org/abs/1910.13267
 */
export class BPE implements Model {
  /** Characters that are tokens, by their code points. */
  private readonly characters: Map<number, number>;
  private readonly bytes: ByteTokens | undefined;
  private readonly isSkipped: (() => boolean) | undefined;
  private readonly symbols = new Symbols();

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly merges: Merges,
    private readonly options: BpeOptions = {},
  ) {
    const { dropout = 0, seed = 0, byteFallback = false } = options;
    this.characters = charactersOf(vocabulary);
    this.bytes = byteFallback ? new ByteTokens(vocabulary) : undefined;
    const random = randomNumbers(seed);
    if (dropout > 0) this.isSkipped = () => random() < dropout;
  }

  /** Reads `seed` beside what the reference knows. */
  static fromJSON(json: JsonNode): BPE {
    const string = (key: string) => optional(json.get(key), (node) => node.string());
    const boolean = (key: string) => optional(json.get(key), (node) => node.boolean()) ?? false;
    const vocabulary = Vocabulary.fromJSON(json.get('vocab'));
    const continuingSubwordPrefix = string('continuing_subword_prefix');
    const merges = Merges.fromJSON(json.get('merges'), vocabulary, continuingSubwordPrefix?.length ?? 0);
    return new BPE(vocabulary, merges, {
      dropout: optional(json.get('dropout'), (node) => node.number(0, 1)),
      seed: optional(json.get('seed'), (node) => node.integer()),
      unkToken: string('unk_token'),
      continuingSubwordPrefix,
      endOfWordSuffix: string('end_of_word_suffix'),
      fuseUnk: boolean('fuse_unk'),
      byteFallback: boolean('byte_fallback'),
      ignoreMerges: boolean('ignore_merges'),
    });
  }

  get unkToken(): string | undefined {
    return this.options.unkToken;
  }

  get isRandom(): boolean {
    return this.isSkipped !== undefined;
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** @throws Error if a character is unknown and the vocabulary lacks the unknown token */
  tokenize(word: string): Token[] {
    if (this.options.ignoreMerges && !this.isRandom) {
      const id = this.vocabulary.id(word);
      if (id !== undefined) return word === '' ? [] : [{ id, text: word, start: 0, end: word.length }];
    }
    this.addCharacters(word);
    this.symbols.merge(this.merges, this.isSkipped);
    return this.tokensOf(word);
  }

  tokenToId(token: string): number | undefined {
    return this.vocabulary.id(token);
  }

  idToToken(id: number): string | undefined {
    return this.vocabulary.token(id);
  }

  entries(): [token: string, id: number][] {
    return this.vocabulary.entries();
  }

  toJSON(): object {
    const { options, vocabulary, merges } = this;
    return {
      type: 'BPE',
      dropout: options.dropout ?? null,
      ...(options.seed !== undefined && { seed: options.seed }),
      unk_token: options.unkToken ?? null,
      continuing_subword_prefix: options.continuingSubwordPrefix ?? null,
      end_of_word_suffix: options.endOfWordSuffix ?? null,
      fuse_unk: options.fuseUnk ?? false,
      byte_fallback: options.byteFallback ?? false,
      ignore_merges: options.ignoreMerges ?? false,
      vocab: vocabulary,
      merges,
    };
  }

  /** Fills the symbols with the tokens of the word's characters. */
  private addCharacters(word: string): void {
    const { unkToken, fuseUnk } = this.options;
    const { symbols } = this;
    let unknownLength = 0;
    const addUnknown = () => {
      if (unknownLength > 0) symbols.add(this.vocabulary.unknownId(unkToken!, word), unknownLength);
      unknownLength = 0;
    };
    symbols.clear();
    for (let start = 0, end = 0; start < word.length; start = end) {
      const code = word.codePointAt(start)!;
      end += code > 0xffff ? 2 : 1;
      const id = this.characterId(code, start === 0, end === word.length);
      if (id !== undefined) {
        addUnknown();
        symbols.add(id, utf8Length(code));
      } else if (!this.addBytes(code, start === 0, end === word.length) && unkToken !== undefined) {
        if (!fuseUnk) addUnknown();
        unknownLength += utf8Length(code);
      }
    }
    addUnknown();
  }

  private characterId(code: number, isFirst: boolean, isLast: boolean): number | undefined {
    const { continuingSubwordPrefix, endOfWordSuffix } = this.options;
    if ((isFirst || !continuingSubwordPrefix) && (!isLast || !endOfWordSuffix))
      return this.characters.get(code);
    return this.vocabulary.id(this.spell(code, isFirst, isLast));
  }

  /** Adds the tokens of a character's bytes, if there are such. */
  private addBytes(code: number, isFirst: boolean, isLast: boolean): boolean {
    const ids = this.bytes?.idsOf(this.spell(code, isFirst, isLast));
    for (const id of ids ?? []) this.symbols.add(id, 1);
    return ids !== undefined;
  }

  private spell(code: number, isFirst: boolean, isLast: boolean): string {
    const { continuingSubwordPrefix = '', endOfWordSuffix = '' } = this.options;
    return (
      (isFirst ? '' : continuingSubwordPrefix) + String.fromCodePoint(code) + (isLast ? endOfWordSuffix : '')
    );
  }

  /** The symbols as tokens; one that is a part of a character has the place of the whole. */
  private tokensOf(word: string): Token[] {
    const tokens: Token[] = [];
    let byte = 0; // where the next symbol begins
    let unit = 0; // where the character that has this byte begins,
    let unitByte = 0; // and its first byte
    const { symbols } = this;
    for (let i = 0; i < symbols.count; i = symbols.next(i)) {
      const start = unit;
      let end = unit; // of the character at `unit`
      byte += symbols.byteLength(i);
      while (unit < word.length) {
        const code = word.codePointAt(unit)!;
        end = unit + (code > 0xffff ? 2 : 1);
        if (unitByte + utf8Length(code) > byte) break;
        unitByte += utf8Length(code);
        unit = end;
      }
      const id = symbols.id(i);
      tokens.push({ id, text: this.vocabulary.token(id)!, start, end: unitByte < byte ? end : unit });
    }
    return tokens;
  }
}

/** The tokens that are one character. */
function charactersOf(vocabulary: Vocabulary): Map<number, number> {
  const characters = new Map<number, number>();
  for (const [token, id] of vocabulary) {
    const code = token.codePointAt(0);
    if (code !== undefined && token.length === (code > 0xffff ? 2 : 1)) characters.set(code, id);
  }
  return characters;
}

/** Bytes of a character in UTF-8; half a pair counts as U+FFFD. */
const utf8Length = (code: number) => (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);

const optional = <T>(node: JsonNode, read: (node: JsonNode) => T) => (node.isNull ? undefined : read(node));
