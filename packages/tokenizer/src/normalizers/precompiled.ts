import type { JsonNode } from '../json/json_node.js';
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
 * character by character, as Hugging Face's library does.
 */
export class Precompiled implements Normalizer {
  private readonly trie: Uint32Array;
  /** What keys become, each ended by a zero. */
  private readonly values: Uint8Array;
  private readonly known = new Map<string, string | null>();

  /**
   * @param charsMap as a SentencePiece model has it: the size of a double-array trie in bytes, the trie, the values
   * @throws RangeError if it is cut off
   */
  constructor(private readonly charsMap: Uint8Array) {
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
    try {
      return new Precompiled(Uint8Array.from(atob(node.string()), (character) => character.charCodeAt(0)));
    } catch (error) {
      throw node.error(`must be a table of characters in base64 (${(error as Error).message})`);
    }
  }

  normalize(text: NormalizedString): NormalizedString {
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

  toJSON(): object {
    return { type: 'Precompiled', precompiled_charsmap: toBase64(this.charsMap) };
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

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Where the children of a unit of the trie are, to be combined with their byte by exclusive or. */
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >> 6);

function toBase64(bytes: Uint8Array): string {
  let characters = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    characters += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(characters);
}
