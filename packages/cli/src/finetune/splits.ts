import type { RecipePaths } from '../train/task.js';

/** What each of the two files of a fine-tuning gives. */
export interface Splits<T> {
  readonly train: T;
  readonly eval: T;
}

/** Reads both files, the one to learn from first. */
export async function bothFiles<T>(
  files: Splits<string>,
  paths: RecipePaths,
  read: (path: string) => Promise<T>,
): Promise<Splits<{ readonly path: string; readonly rows: T }>> {
  const one = async (name: 'train' | 'eval') => {
    const path = paths.resolve(files[name]);
    return { path, rows: await read(path) };
  };
  return { train: await one('train'), eval: await one('eval') };
}

/** Both files as a recipe of the run has them. */
export function writtenFiles(files: Splits<string>, paths: RecipePaths): Splits<string> {
  return { train: paths.written(files.train), eval: paths.written(files.eval) };
}
