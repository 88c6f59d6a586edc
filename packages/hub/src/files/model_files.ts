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
