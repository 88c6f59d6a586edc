import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathParts } from '../files/model_files.js';
import { Exchange } from './exchange.js';
import { explain } from './explain.js';
import { makeFolder } from './make_folder.js';
import { staleWeights } from './stale_weights.js';

/** Files without which others are no model: they are taken away first, and put in place last, the last one last. */
const gates = ['model.safetensors.index.json', 'adapter_config.json', 'modules.json', 'config.json'];

/** Larger files are taken for changed, and not compared with what is there. */
const mostCompared = 2 ** 20;

/** A file to be saved. */
interface Save {
  readonly target: string;
  readonly temporary: string;
  readonly content: Uint8Array;
}

/**
 * Saves files of a model into a directory, which is made if needed. A checkpoint replaces the one that was there: shards a
 * whole one, and the reverse.
 *
 * Every file that changes is first written and flushed to disk under a temporary name beside its place. A single one is then
 * renamed. Of several, those without which there is no model, such as `config.json`, are taken away before the others are
 * exchanged, and put in place at the end: at no moment does a directory look like a model and hold parts of two. After a
 * failure old files are as they were, and no temporary one is left. A process that is killed while files are exchanged
 * leaves a directory that is no model, and the old files under hidden names.
 *
 * @param files contents by path relative to `dir`
 * @throws Error that names the file and what is wrong
 */
export async function saveFiles(dir: string, files: Record<string, string | Uint8Array>): Promise<void> {
  const suffix = `.${process.pid}-${randomBytes(4).toString('hex')}`;
  const saves = Object.entries(files).map(([path, content]): Save => {
    const target = join(dir, ...pathParts(path));
    const temporary = join(dirname(target), `.${basename(target)}${suffix}.tmp`);
    return { target, temporary, content: typeof content === 'string' ? Buffer.from(content) : content };
  });
  saves.sort((a, b) => gateOf(a) - gateOf(b));
  const folders = [...new Set([dir, ...saves.map(({ target }) => dirname(target))])];
  const exchange = new Exchange(suffix);
  try {
    for (const folder of folders) await naming(folder, makeFolder(folder));
    const changed: Save[] = [];
    for (const save of saves) if (await naming(save.target, isChanged(save))) changed.push(save);
    for (const { target, temporary, content } of changed) {
      await naming(target, writeFlushed(temporary, content));
    }
    const stale = await naming(dir, staleWeights(saves.map(({ target }) => target)));
    await putInPlace(changed, stale, exchange);
  } catch (error) {
    await exchange.undo();
    await Promise.all(saves.map(({ temporary }) => rm(temporary, { force: true }).catch(() => {})));
    throw error;
  }
  await flushFolders(folders);
  await exchange.finish();
}

/** Puts what has changed in place, and takes away what is stale. */
async function putInPlace(
  changed: readonly Save[],
  stale: readonly string[],
  exchange: Exchange,
): Promise<void> {
  if (changed.length === 1 && stale.length === 0) {
    const [{ target, temporary }] = changed as [Save];
    return naming(target, rename(temporary, target));
  }
  const folders = [
    ...new Set([...changed.map(({ target }) => target), ...stale].map((file) => dirname(file))),
  ];
  const last = changed.filter((save) => gateOf(save) >= 0);
  for (const { target } of last.toReversed()) await naming(target, exchange.takeAway(target));
  await flushFolders(folders);
  for (const { target, temporary } of changed.filter((save) => gateOf(save) < 0)) {
    await naming(target, exchange.takeAway(target));
    await naming(target, exchange.put(temporary, target));
  }
  for (const file of stale) await naming(file, exchange.takeAway(file));
  await flushFolders(folders);
  for (const { target, temporary } of last) await naming(target, exchange.put(temporary, target));
}

/** What fails with a file says so. */
async function naming<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${file} cannot be saved: ${explain(error)}`);
  }
}

const gateOf = ({ target }: Save) => gates.indexOf(basename(target));

/** @throws Error if a directory has the name, over which nothing can be renamed: other files may be in place by then. */
async function isChanged({ target, content }: Save): Promise<boolean> {
  const status = await stat(target).catch(() => undefined);
  if (status?.isDirectory()) throw new Error('it is a directory');
  if (status?.size !== content.length || content.length > mostCompared) return true;
  return !(await readFile(target)).equals(content);
}

async function writeFlushed(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames outlast a loss of power; some file systems cannot. */
async function flushFolders(folders: readonly string[]): Promise<void> {
  await Promise.all(folders.map((folder) => flushFolder(folder).catch(() => {})));
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
