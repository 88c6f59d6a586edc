/** What Python's str.split() and str.rstrip() take for white space; JavaScript's \s differs in six characters. */
const SPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const SPACES = new RegExp(`[${SPACE}]+`, 'u');
const TRAILING_SPACE = new RegExp(`[${SPACE}]+$`, 'u');

/** Words between white space, as Python's str.split() gives them. */
export function splitWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** As Python's str.rstrip(). */
export function trimEnd(text: string): string {
  return text.replace(TRAILING_SPACE, '');
}
