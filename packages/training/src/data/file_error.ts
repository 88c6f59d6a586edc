/** The error of a file that could not be read, in one line if there is none. */
export function fileError(path: string, error: unknown): unknown {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? new Error(`${path} must exist, but does not`) : error;
}
