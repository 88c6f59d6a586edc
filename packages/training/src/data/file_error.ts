/** The error of a file that could not be read, in one line if there is none. */
export function fileError(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new Error(`${path} must exist, but does not`);
  return code === 'EISDIR' ? new Error(`${path} must be a file, but is a directory`) : error;
}
