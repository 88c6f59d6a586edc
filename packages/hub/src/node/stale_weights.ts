import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { index, single } from '../safetensors/find_checkpoint.js';

/**
 * The files of other weights that lie where a checkpoint is saved: a whole one beside shards, which would be read first;
 * shards and their index beside a whole one; shards of another number.
 *
 * @param files that are saved
 */
export async function staleWeights(files: readonly string[]): Promise<string[]> {
  const saved = new Set(files);
  const folders = new Set(files.filter((file) => [single, index].includes(basename(file))).map(dirname));
  const stale: string[] = [];
  for (const folder of folders) {
    const ofWeights = (await readdir(folder)).filter(isOfWeights).map((name) => join(folder, name));
    stale.push(...ofWeights.filter((file) => !saved.has(file)));
  }
  return stale;
}

const isOfWeights = (name: string) =>
  name === single || name === index || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
