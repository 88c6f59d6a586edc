/**
 * Decodes UTF-8 strictly: what is not UTF-8 is an error, not U+FFFD. A byte order mark at the start is dropped.
 *
 * @param name what errors call the text
 * @throws Error that names the line (from 1) of the first invalid byte
 */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${name}: line ${invalidLine(bytes)} is not valid UTF-8`);
  }
}

/** No character of UTF-8 spans a newline, so lines can be tried one by one. */
function invalidLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let start = 0;
  for (let line = 1; ; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    if (newline < 0) return line;
    start = newline + 1;
  }
}
