import { readFileSync, statSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';

/** What is known of a file without reading it. `path` is relative to the manifest's directory, or absolute. */
interface FileStamp {
  readonly path: string;
  readonly size: number;
  /** Whole seconds: archives that carry a cache from machine to machine keep no more. */
  readonly modified: number;
}

/** The last file written into a directory of the cache: one without it, or with files other than it says, is not used. */
interface Manifest {
  readonly format: 1;
  readonly files: readonly FileStamp[];
}

const NAME = 'manifest.json';

function stamp(directory: string, path: string): FileStamp {
  const { size, mtimeMs } = statSync(isAbsolute(path) ? path : join(directory, path));
  return { path, size, modified: Math.floor(mtimeMs / 1000) };
}

/** Forces what was written to a file to the disk. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes the manifest of `files` (relative to `directory`, or absolute) and `facts`. The files of the directory are
 * forced to the disk before it, for it vouches for them.
 */
export async function writeManifest<Facts extends object>(
  directory: string,
  files: readonly string[],
  facts: Facts,
): Promise<void> {
  for (const path of files)
    if (!isAbsolute(path) && !path.startsWith('..')) await sync(join(directory, path));
  const manifest: Manifest & Facts = {
    ...facts,
    format: 1,
    files: files.map((path) => stamp(directory, path)),
  };
  await writeFile(join(directory, NAME), `${JSON.stringify(manifest, null, 2)}\n`);
  await sync(join(directory, NAME));
}

/** The facts in a directory's manifest, or undefined where there is none or a file is missing, cut short or replaced. */
export function readManifest<Facts extends object>(directory: string): Facts | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, NAME), 'utf8')) as Manifest & Facts;
    const intact = (file: FileStamp): boolean => {
      const now = stamp(directory, file.path);
      return now.size === file.size && now.modified === file.modified;
    };
    return manifest.format === 1 && manifest.files.every(intact) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** `path` relative to `directory` where it lies in `root`, so that the whole cache can be moved; else as it is. */
export function portablePath(path: string, directory: string, root: string): string {
  return relative(root, path).startsWith('..') ? path : relative(directory, path);
}
