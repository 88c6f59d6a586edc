import { characterAt, splitsPair } from './characters.js';

/** A half-open range of UTF-16 indices. */
export type Offsets = [start: number, end: number];

/**
 * A normalized piece of a text that knows, for every UTF-16 unit, which range of the original text it came from.
 * It never changes: each operation gives another one.
 */
export class NormalizedString {
  /**
   * @param text the normalized piece
   * @param start where the piece begins in the original text
   * @param alignment for unit i of `text` the original range: start at 2i, end at 2i + 1; without it the piece is the
   *   original itself
   */
  private constructor(
    readonly text: string,
    readonly start: number,
    private readonly alignment: Uint32Array | undefined,
  ) {}

  static of(original: string): NormalizedString {
    return new NormalizedString(original, 0, undefined);
  }

  get length(): number {
    return this.text.length;
  }

  /** The range of the original text that units `start` to `end` came from. */
  originalOffsets(start = 0, end = this.length): Offsets {
    if (start === end) return [this.start + start, this.start + end];
    if (this.alignment) return [this.alignment[2 * start]!, this.alignment[2 * end - 1]!];
    const from = splitsPair(this.text, start) ? start - 1 : start;
    const to = splitsPair(this.text, end) ? end + 1 : end;
    return [this.start + from, this.start + to];
  }

  /** The piece of units `start` to `end`. */
  slice(start: number, end: number): NormalizedString {
    if (start === 0 && end === this.length) return this;
    const [from] = this.originalOffsets(start, end);
    return new NormalizedString(
      this.text.slice(start, end),
      from,
      this.alignment?.subarray(2 * start, 2 * end),
    );
  }

  /** Replaces the text by one of the same length, unit for unit. */
  replace(text: string): NormalizedString {
    return text === this.text ? this : new NormalizedString(text, this.start, this.alignment);
  }

  /** Puts a text before this one, in the place of the first character; before an empty text comes nothing. */
  prepend(prefix: string): NormalizedString {
    if (this.text === '') return this;
    const sources = new Uint32Array(prefix.length + this.length);
    for (let i = 0; i < this.length; i++) sources[prefix.length + i] = i;
    return this.rewrite(prefix + this.text, sources);
  }

  /**
   * Rewrites the text where each unit is known to come from one old character.
   *
   * @param sources for each unit of `text` the index of a unit of the old character that it takes the place of; -1 for
   *   what stands before all of them
   */
  rewrite(text: string, sources: ArrayLike<number>): NormalizedString {
    const { text: old, start, alignment: known } = this;
    const alignment = new Uint32Array(2 * text.length);
    for (let i = 0; i < text.length; i++) {
      const source = sources[i]!;
      if (source < 0) {
        alignment[2 * i] = start;
        alignment[2 * i + 1] = start;
      } else if (known) {
        alignment[2 * i] = known[2 * source]!;
        alignment[2 * i + 1] = known[2 * source + 1]!;
      } else {
        const first = splitsPair(old, source) ? source - 1 : source;
        alignment[2 * i] = start + first;
        alignment[2 * i + 1] = start + first + (old.codePointAt(first)! > 0xffff ? 2 : 1);
      }
    }
    return new NormalizedString(text, start, alignment);
  }

  /** Only the characters (code points) that `keeps` takes. */
  filter(keeps: (character: string) => boolean): NormalizedString {
    const sources: number[] = [];
    let [text, index] = ['', 0];
    for (const character of this.text) {
      if (keeps(character)) {
        text += character;
        for (let unit = 0; unit < character.length; unit++) sources.push(index);
      }
      index += character.length;
    }
    return text.length === this.length ? this : this.rewrite(text, sources);
  }

  /**
   * Rewrites the text character by character.
   *
   * @param characters the new characters
   * @param changes how each came to be: 0 takes the place of the next old character; -n does and removes the n after
   *   it; 1 is inserted, and belongs to what the character before it came from
   * @param removedFirst old characters removed before the first new one
   */
  transform(characters: readonly string[], changes: readonly number[], removedFirst = 0): NormalizedString {
    const old = this.text;
    const text = characters.join('');
    const alignment = new Uint32Array(2 * text.length);
    let next = 0; // the first old unit that is not used up
    const skip = (count: number) => {
      for (let i = 0; i < count; i++) next += characterAt(old, next).length;
    };
    skip(removedFirst);
    let position = 0;
    characters.forEach((character, i) => {
      const change = changes[i]!;
      let source: Offsets = [this.start, this.start];
      if (change <= 0) source = this.originalOffsets(next, next + 1);
      else if (next > 0) source = this.originalOffsets(next - 1, next);
      if (change <= 0) skip(1 - change);
      for (let unit = 0; unit < character.length; unit++) {
        alignment[position++] = source[0];
        alignment[position++] = source[1];
      }
    });
    return new NormalizedString(text, this.start, alignment);
  }
}
