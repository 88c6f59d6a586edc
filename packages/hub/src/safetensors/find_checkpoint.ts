import type { ModelFiles } from '../files/model_files.js';
import { quote } from '../files/quote.js';

/** The file of a checkpoint that is whole. */
export const single = 'model.safetensors';
/** The file of a checkpoint in shards that says which tensor is in which; it is read where there is no whole one. */
export const index = 'model.safetensors.index.json';

/** Names that other libraries give to weights, looked for where files cannot be listed. */
const otherNames = [
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'model.pt',
  'model.pth',
  'model.ckpt',
  'tf_model.h5',
  'flax_model.msgpack',
];

/** Formats of weights that are not read, and why. */
const otherFormats: [RegExp, string][] = [
  [/\.(bin|bin\.index\.json|pt|pth|ckpt|pkl|pickle)$/, 'a pickle, which may execute code when it is loaded'],
  [/\.(h5|hdf5|keras)$/, 'HDF5 of Keras or TensorFlow'],
  [/\.msgpack$/, 'msgpack of Flax'],
];

/**
 * Finds the file that a checkpoint begins with: the tensors, or the index of its shards.
 *
 * @throws Error if there is none, or only weights in a format that is not read
 */
export async function findCheckpoint(files: ModelFiles, file?: string): Promise<string> {
  for (const path of file === undefined ? [single, index] : [file]) {
    if (formatOf(path)) throw new Error(refusal(`${files.name}/${path}`, path));
    if (await files.has(path)) return path;
  }
  if (file !== undefined) throw new Error(`${files.name} has no file ${file}`);
  const others = (await files.list?.()) ?? (await existing(files, otherNames));
  const unread = others.find(formatOf);
  if (unread !== undefined) throw new Error(refusal(`${files.name}/${unread}`, unread));
  const named = others.filter((path) => path.endsWith('.safetensors'));
  const hint = named.length > 0 ? `; one of another name is to be given, such as ${quote(named[0]!)}` : '';
  throw new Error(`${files.name} has no weights: there is neither ${single} nor ${index}${hint}`);
}

const formatOf = (path: string) => otherFormats.find(([pattern]) => pattern.test(path))?.[1];

const refusal = (where: string, path: string) =>
  `${where} is not read, as it is ${formatOf(path)}: weights must be safetensors, such as ${single}`;

async function existing(files: ModelFiles, paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) if (await files.has(path)) found.push(path);
  return found;
}
