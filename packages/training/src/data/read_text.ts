import { MAX_JSON_LINE } from './read_jsonl.js';
import { type ReadLinesOptions, readLines } from './read_lines.js';

export interface ReadTextOptions extends ReadLinesOptions {
  /** What a text is: each line, by default, or the lines between empty ones, with their line ends. */
  readonly unit?: 'line' | 'paragraph' | undefined;
}

/**
 * The texts of a plain file, one after the other in constant memory: its lines that are not empty, or its paragraphs.
 *
 * @throws RangeError if an option is unknown; Error of one line naming the file, the line and the rule if the file is
 *   missing, empty or not UTF-8, or a line is longer than maxLineLength (10 million characters).
 * @example
 * for await (const text of readText('book.txt', { unit: 'paragraph' })) use(text);
 */
export async function* readText(path: string, options: ReadTextOptions = {}): AsyncGenerator<string> {
  const { unit = 'line', maxLineLength = MAX_JSON_LINE } = options;
  if (unit !== 'line' && unit !== 'paragraph') {
    throw new RangeError(`unit must be line or paragraph, but is ${unit}`);
  }
  let paragraph: string[] = [];
  for await (const { line } of readLines(path, { maxLineLength })) {
    const isEmpty = line.trim() === '';
    if (unit === 'line') {
      if (!isEmpty) yield line;
    } else if (!isEmpty) {
      paragraph.push(line);
    } else if (paragraph.length > 0) {
      yield paragraph.join('\n');
      paragraph = [];
    }
  }
  if (paragraph.length > 0) yield paragraph.join('\n');
}
