import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathParts } from '../files/model_files.js';
import { explain } from './explain.js';

/**
 * Saves files of a model into a directory, which is made if needed.
 *
 * Every file is first written and flushed to disk under a temporary name beside its place; only when all are there are
 * they renamed, `config.json` last, so that neither a failure nor a kill leaves a file half written, and a new model
 * without its other files has no configuration. After a failure old files are as they were, and no temporary one is left.
 *
 * @param files contents by path relative to `dir`
 * @throws Error that names the file and what is wrong
 */
export async function saveFiles(dir: string, files: Record<string, string | Uint8Array>): Promise<void> {
  const suffix = `.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const saves = Object.entries(files).map(([path, content]) => {
    const target = join(dir, ...pathParts(path));
    return { target, temporary: join(dirname(target), `.${basename(target)}${suffix}`), content };
  });
  saves.sort((a, b) => Number(isConfig(a.target)) - Number(isConfig(b.target)));
  const folders = [...new Set([dir, ...saves.map(({ target }) => dirname(target))])];
  let current = dir;
  try {
    for (current of folders) await makeFolder(current);
    for (const { target, temporary, content } of saves) {
      current = target;
      await refuseDirectory(target);
      await writeFlushed(temporary, content);
    }
    for (const { target, temporary } of saves) {
      current = target;
      await rename(temporary, target);
    }
  } catch (error) {
    await Promise.all(saves.map(({ temporary }) => rm(temporary, { force: true }).catch(() => {})));
    throw new Error(`${current} cannot be saved: ${explain(error)}`);
  }
  await Promise.all(folders.map((folder) => flushFolder(folder).catch(() => {}))); // some file systems cannot
}

const isConfig = (file: string) => basename(file) === 'config.json';

/** `mkdir` with `recursive` would try for ever where nothing can be made, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  if ((await status(folder))?.isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

const status = (path: string) => stat(path).catch(() => undefined);

/** Renaming over a directory fails, when other files may be in place already: so that is found out before. */
async function refuseDirectory(target: string): Promise<void> {
  if ((await status(target))?.isDirectory()) throw new Error('it is a directory');
}

async function writeFlushed(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames outlast a loss of power. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
