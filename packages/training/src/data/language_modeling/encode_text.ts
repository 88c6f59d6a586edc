import { joined } from '../pretraining/masked_windows.js';
import { PLAIN, type PlainTokenizer } from '../pretraining/word_tokens.js';

/** Characters (UTF-16 units) that are encoded at once: an encoding takes some hundred bytes for each. */
const MOST = 100_000;

/**
 * The tokens of a text of any length, without special ones. A long text is encoded in pieces, which begin with the white space
 * behind a word: tokenizers whose words go on over none, such as those of characters and GPT-2's, give what they give of the whole.
 *
 * @param most characters of a piece, 2 or more
 */
export function encodeText(text: string, tokenizer: PlainTokenizer, most = MOST): Int32Array {
  const pieces: Int32Array[] = [];
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start, most);
    pieces.push(Int32Array.from(tokenizer.encode(text.slice(start, end), PLAIN).ids));
    start = end;
  }
  return joined(pieces);
}

function pieceEnd(text: string, start: number, most: number): number {
  const last = start + most;
  if (last >= text.length) return text.length;
  const isSpace = (at: number) => /\s/.test(text[at]!);
  for (let end = last; end > start; end--) if (isSpace(end) && !isSpace(end - 1)) return end;
  const isInCharacter = text.codePointAt(last - 1)! > 0xffff;
  return isInCharacter ? last - 1 : last;
}
