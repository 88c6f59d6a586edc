import { createReadStream } from 'node:fs';
import { fileError } from './file_error.js';

/** Longest line that is read unless another limit is set, in characters (UTF-16 units). */
export const MAX_LINE_LENGTH = 10_000;

const LINE_FEED = 0x0a;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MOST_BYTES = 3;

export interface ReadLinesOptions {
  /** In characters (UTF-16 units), 10,000 by default. */
  readonly maxLineLength?: number | undefined;
}

/** A line of a file and its number from 1. */
export interface NumberedLine {
  readonly line: string;
  readonly number: number;
}

/**
 * The lines of a UTF-8 file, in one pass of constant memory. Lines end with LF or CRLF; a byte order mark is left out.
 *
 * @throws Error of one line naming the file, the line and the rule if the file does not exist or is empty, a line is not
 *   UTF-8, or is longer than maxLineLength.
 */
export async function* readLines(
  path: string,
  { maxLineLength = MAX_LINE_LENGTH }: ReadLinesOptions = {},
): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const mostBytes = MOST_BYTES * (maxLineLength + 2);
  let number = 0;
  let parts: Buffer[] = [];
  let bytes = 0;

  const add = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > mostBytes) tooLong(`over ${maxLineLength}`);
    parts.push(part);
  };
  const tooLong = (length: string | number): never => {
    throw new Error(
      `${path}:${number + 1}: a line must have at most ${maxLineLength} characters, but has ${length}`,
    );
  };
  const end = (): NumberedLine => {
    let line: string;
    try {
      line = decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    } catch {
      throw new Error(`${path}:${number + 1}: a line must be UTF-8, but has bytes that are not`);
    }
    if (number === 0 && line.startsWith('\uFEFF')) line = line.slice(1);
    if (line.endsWith('\r')) line = line.slice(0, -1);
    if (line.length > maxLineLength) tooLong(line.length);
    parts = [];
    bytes = 0;
    return { line, number: ++number };
  };

  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, at));
      yield end();
      start = at + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (bytes > 0) yield end();
  if (number === 0) throw new Error(`${path} must have a line, but is empty`);
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    throw fileError(path, error);
  }
}

/** A text in quotes, cut after 40 characters. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
