/** The files of one model, wherever they lie. Paths are relative to the model, with `/` between the parts. */
export interface ModelFiles {
  /** Where the files lie, as errors name it: a directory, a URL, ... */
  readonly name: string;
  /** Whether there is a file at `path`. */
  has(path: string): Promise<boolean>;
  /** The file as text. @throws Error if it is missing or is not UTF-8. */
  text(path: string): Promise<string>;
  /** The file's bytes. @throws Error if it is missing. */
  bytes(path: string): Promise<Uint8Array>;
  /** The file's length in bytes. @throws Error if it is missing. */
  size(path: string): Promise<number>;
  /** The file's bytes from `start` to `end`, without that at `end`. @throws Error if it is missing or ends before. */
  range(path: string, start: number, end: number): Promise<Uint8Array>;
  /** Sees to it that files can be read at once: from a hub they are downloaded, several at a time. */
  prepare?(paths: readonly string[]): Promise<void>;
  /** The names of the files that lie directly in the model, where they can be listed. */
  list?(): Promise<string[]>;
}

/**
 * Gives the parts of a path inside a model.
 *
 * @throws Error unless the path is relative and stays inside: no empty part, no `.` or `..`, no backslash, NUL or drive.
 */
export function pathParts(path: string): string[] {
  const parts = path.split('/');
  const outside = parts.some((part) => part === '' || part === '.' || part === '..');
  if (outside || /[\\\0]|^[a-zA-Z]:/.test(path)) {
    throw new Error(
      `the path of a model's file must be relative and stay inside the model, but is ${JSON.stringify(path)}`,
    );
  }
  return parts;
}

/**
 * Checks a range of a file's bytes.
 *
 * @param size the file's length in bytes; what is not known yet is not checked
 * @param file what errors call the file
 * @throws Error unless 0 ≤ start ≤ end, both integers, and end is within the file
 */
export function checkRange(file: string, start: number, end: number, size = Number.POSITIVE_INFINITY): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) {
    throw new Error(`${file}: a range must be of integers 0 ≤ start ≤ end, but is ${start} to ${end}`);
  }
  if (end > size) {
    throw new Error(`${file} has ${size} bytes, but bytes ${start} to ${end} are wanted: is it cut short?`);
  }
}
