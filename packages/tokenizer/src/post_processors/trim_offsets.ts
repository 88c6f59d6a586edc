import type { Encoding } from '../encoding.js';
import { unitBytes } from '../text/byte_level.js';
import { CharacterClass, classOf } from '../text/character_classes.js';
import type { Offsets } from '../text/normalized_string.js';

/** A space as a byte-level token has it. */
const byteSpace = 'Ġ'.charCodeAt(0);

/**
 * Takes the white space that tokens begin and end with out of their offsets.
 *
 * @param addPrefixSpace the one space that the first token begins with is not in the text, and stays
 */
export function trimOffsets(encoding: Encoding, addPrefixSpace: boolean): Encoding {
  return encoding.withOffsets(
    encoding.offsets.map((offsets, i) => {
      const isFirst = i === 0 || offsets[0] === 0; // of the text, or of a word that came split
      return trim(offsets, encoding.tokens[i]!, addPrefixSpace && isFirst);
    }),
  );
}

function trim(offsets: Offsets, token: string, hasPrefix: boolean): Offsets {
  let leading = 0;
  while (leading < token.length && isSpaceAt(token, leading)) leading++;
  let trailing = 0;
  while (trailing < token.length && isSpaceAt(token, token.length - 1 - trailing)) trailing++;
  if (leading === 0 && trailing === 0) return offsets;
  const [start, end] = offsets;
  const stepped = leading + (stepsOverPair(offsets, token, leading) ? 1 : 0);
  const from = hasPrefix && leading === 1 ? start : Math.min(start + stepped, end);
  // A token of spaces alone that lies on a character of two units ends before both.
  const back = trailing + (leading === token.length && end - start === leading + 1 ? 1 : 0);
  return [from, end >= back ? Math.max(end - back, from) : end];
}

/**
 * Whether stepping over the spaces that a token begins with steps over a character of two units: one of them is not in the
 * text, so that the offsets begin with the character after it.
 */
function stepsOverPair([start, end]: Offsets, token: string, leading: number): boolean {
  if (leading === token.length) return end - start === leading + 1;
  let units = leading;
  for (let i = leading; i < token.length; i++) {
    const byte = unitBytes[token.charCodeAt(i)] ?? -1;
    units += byte >= 0xf0 ? 2 : byte >= 0x80 && byte < 0xc0 ? 0 : 1;
  }
  return (unitBytes[token.charCodeAt(leading)] ?? -1) >= 0xf0 && units > end - start;
}

function isSpaceAt(token: string, index: number): boolean {
  const unit = token.charCodeAt(index);
  return unit === byteSpace || classOf(unit) === CharacterClass.Space;
}
