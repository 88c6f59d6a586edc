import { type BrokenOptions, broken } from './broken.js';
import { excerpt, type ReadLinesOptions, readLines } from './read_lines.js';
import { placed } from './row_places.js';

export interface ReadConllOptions extends ReadLinesOptions, BrokenOptions {
  /** Which column has the words, from 0; the first by default. */
  readonly wordColumn?: number | undefined;
  /** Which column has the tags; counted from the end if below 0, the last, -1, by default. */
  readonly tagColumn?: number | undefined;
}

/** A sentence of words, each with its tag. */
export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

/**
 * The sentences of a file in columns, as of CoNLL: a word a line with its tags, an empty line after each sentence. Columns are parted
 * by tabs, or in a line without one by spaces. Lines that begin with `# ` and have no tab, and those of `-DOCSTART-`, are left
 * out. All in constant memory.
 *
 * @throws RangeError if a column is no integer; Error of one line naming the file, the line and the rule if a line lacks one,
 *   unless `onBroken` hears of it, which leaves the sentence out; errors of files as `readJsonl`.
 * @example
 * for await (const { words, tags } of readConll('train.conll')) use(words, tags);
 */
export async function* readConll(
  path: string,
  options: ReadConllOptions = {},
): AsyncGenerator<TaggedSentence> {
  const { wordColumn = 0, tagColumn = -1 } = options;
  for (const [name, column] of Object.entries({ wordColumn, tagColumn })) {
    if (!Number.isInteger(column)) throw new RangeError(`${name} must be an integer, but is ${column}`);
  }
  let first = 0;
  let words: string[] = [];
  let tags: string[] = [];
  let isBroken = false;
  const end = (): TaggedSentence | undefined => {
    const sentence =
      words.length > 0 && !isBroken ? placed({ words, tags }, { path, line: first }) : undefined;
    [words, tags, isBroken] = [[], [], false];
    return sentence;
  };
  for await (const { line, number } of readLines(path, options)) {
    if (line.trim() === '') {
      const sentence = end();
      if (sentence) yield sentence;
      continue;
    }
    const columns = line.includes('\t') ? line.split('\t') : line.trim().split(/ +/);
    if (columns[0] === '-DOCSTART-' || (line.startsWith('# ') && !line.includes('\t'))) continue;
    const [word, tag] = [columns.at(wordColumn), columns.at(tagColumn)];
    if (word !== undefined && tag !== undefined && columns.length > 1 && word !== '' && tag !== '') {
      if (words.length === 0) first = number;
      words.push(word);
      tags.push(tag);
    } else if (!isBroken) {
      isBroken = true;
      broken(
        options,
        `${path}:${number}: a line must have a word and a tag in columns ${wordColumn} and ${tagColumn}, but is ${excerpt(line)}`,
      );
    }
  }
  const last = end();
  if (last) yield last;
}
