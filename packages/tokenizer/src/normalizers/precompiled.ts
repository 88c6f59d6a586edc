import type { JsonNode } from '../json/json_node.js';
import { toBase64 } from '../text/base64.js';
import { graphemesOf } from '../text/graphemes.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Bytes of the longest grapheme that is looked up as a whole. */
const LONGEST_GRAPHEME = 5;
/** Graphemes and characters that are remembered. */
const MOST_KNOWN = 50_000;

/**
 * The table of a SentencePiece model that says what characters become, such as `nmt_nfkc`'s.
 *
 * Graphemes of up to five bytes are looked up as a whole, of which the shortest beginning in the table counts for all, others
 * character by character, as Hugging Face's library does. A file may ask for `longest_match`, which that library does not
 * know: from each place the longest key of the table counts, as in SentencePiece.
 */
export class Precompiled implements Normalizer {
  private readonly trie: Uint32Array;
  /** What keys become, each ended by a zero. */
  private readonly values: Uint8Array;
  private readonly known = new Map<string, string | null>();

  /**
   * @param charsMap as a SentencePiece model has it: the size of a double-array trie in bytes, the trie, the values
   * @param longestMatch looks for the longest key from each place
   * @throws RangeError if it is cut off
   */
  constructor(
    private readonly charsMap: Uint8Array,
    private readonly longestMatch = false,
  ) {
    const view = new DataView(charsMap.buffer, charsMap.byteOffset, charsMap.byteLength);
    const size = charsMap.length < 4 ? Number.NaN : view.getUint32(0, true);
    if (!(size + 4 <= charsMap.length) || size === 0 || size % 4 !== 0) {
      throw new RangeError('its first four bytes must be the size of its trie');
    }
    this.trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.values = charsMap.subarray(4 + size);
  }

  static fromJSON(json: JsonNode): Precompiled {
    const node = json.get('precompiled_charsmap');
    const longest = json.get('longest_match');
    const longestMatch = !longest.isNull && longest.boolean();
    try {
      const charsMap = Uint8Array.from(atob(node.string()), (character) => character.charCodeAt(0));
      return new Precompiled(charsMap, longestMatch);
    } catch (error) {
      throw node.error(`must be a table of characters in base64 (${(error as Error).message})`);
    }
  }

  normalize(text: NormalizedString): NormalizedString {
    return this.longestMatch ? this.normalizeLongest(text) : this.normalizeGraphemes(text);
  }

  toJSON(): object {
    return {
      type: 'Precompiled',
      precompiled_charsmap: toBase64(this.charsMap),
      ...(this.longestMatch && { longest_match: true }),
    };
  }

  private normalizeGraphemes(text: NormalizedString): NormalizedString {
    const characters: string[] = [];
    const changes: number[] = [];
    let changed = false;
    const replace = (old: string, becomes: string) => {
      changed = true;
      const made = Array.from(becomes);
      const more = made.length - Array.from(old).length;
      made.forEach((character, i) => {
        characters.push(character);
        changes.push(i < made.length - more ? 0 : 1);
      });
      if (more < 0 && changes.length > 0) changes[changes.length - 1]! += more;
    };
    for (const grapheme of graphemesOf(text.text)) {
      const whole = this.find(grapheme);
      if (whole !== null) {
        replace(grapheme, whole);
        continue;
      }
      for (const character of grapheme) {
        const found = character === grapheme ? null : this.find(character);
        if (found !== null) {
          replace(character, found);
        } else {
          characters.push(character);
          changes.push(0);
        }
      }
    }
    return changed ? text.transform(characters, changes) : text;
  }

  private normalizeLongest(text: NormalizedString): NormalizedString {
    const bytes = encoder.encode(text.text);
    const characters: string[] = [];
    const changes: number[] = [];
    let taken = -1; // the last of `characters` that takes the place of an old one
    let removedFirst = 0;
    for (let byte = 0, unit = 0; byte < bytes.length; ) {
      const { end, value } = this.longestKey(bytes, byte);
      const start = unit;
      let old = 0;
      for (const limit = Math.max(end, byte + 1); byte < limit; old++) {
        const length = utf8Length(bytes[byte]!);
        byte += length;
        unit += length === 4 ? 2 : 1;
      }
      const made = value === null ? [text.text.slice(start, unit)] : Array.from(value);
      if (made.length > 0) taken = characters.length;
      else if (taken >= 0) changes[taken]! -= old;
      else removedFirst += old;
      made.forEach((character, i) => {
        characters.push(character);
        changes.push(i === 0 ? 1 - old : 1);
      });
    }
    return text.transform(characters, changes, removedFirst);
  }

  /** The end and the value of the longest key from `start`; null if there is none. */
  private longestKey(bytes: Uint8Array, start: number): { end: number; value: string | null } {
    let node = offsetOf(this.trie[0]!);
    let end = start;
    let place = -1;
    for (let i = start; i < bytes.length; i++) {
      node ^= bytes[i]!;
      const unit = this.trie[node];
      if (bytes[i] === 0 || unit === undefined || (unit & 0x800000ff) !== bytes[i]) break;
      node ^= offsetOf(unit);
      if (!(unit & 0x100)) continue;
      end = i + 1;
      place = (this.trie[node] ?? 0) & 0x7fffffff;
    }
    return { end, value: place < 0 ? null : this.valueAt(place) };
  }

  /** What a grapheme or character becomes; null if it stays, or is too long to be looked up. */
  private find(text: string): string | null {
    if (text.length > LONGEST_GRAPHEME) return null;
    let found = this.known.get(text);
    if (found === undefined) {
      const bytes = encoder.encode(text);
      found = bytes.length > LONGEST_GRAPHEME ? null : this.valueOf(bytes);
      if (this.known.size === MOST_KNOWN) this.known.clear();
      this.known.set(text, found);
    }
    return found;
  }

  /** The value of the shortest key that the bytes begin with. */
  private valueOf(bytes: Uint8Array): string | null {
    let node = offsetOf(this.trie[0]!);
    for (const byte of bytes) {
      node ^= byte;
      const unit = this.trie[node];
      if (byte === 0 || unit === undefined || (unit & 0x800000ff) !== byte) return null;
      node ^= offsetOf(unit);
      if (unit & 0x100) return this.valueAt((this.trie[node] ?? 0) & 0x7fffffff);
    }
    return null;
  }

  private valueAt(start: number): string {
    const end = this.values.indexOf(0, start);
    return decoder.decode(this.values.subarray(start, end === -1 ? undefined : end));
  }
}

/** Bytes of the character that begins with a byte. */
const utf8Length = (byte: number) => (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Where the children of a unit of the trie are, to be combined with their byte by exclusive or. */
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >> 6);
