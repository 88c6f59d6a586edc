import type { ModelFiles } from '@chui/hub';
import { Dense } from './dense.js';
import { Dropout } from './dropout.js';
import type { EmbeddingModule } from './embedding_module.js';
import { moduleFiles, readJson } from './module_files.js';
import { Normalize } from './normalize.js';
import { Pooling } from './pooling.js';

/** A line of modules.json. */
export interface ModuleEntry {
  readonly path: string;
  /** The name of the class, without those of the modules that it lies in, which differ from version to version. */
  readonly kind: string;
}

/** What stands behind the encoder. */
export interface Modules {
  readonly pooling: Pooling;
  readonly rest: readonly EmbeddingModule[];
}

/** How modules behind the pooling are read, by their class: of their folder, and for embeddings of a width. */
const readers: Readonly<
  Record<string, (files: ModelFiles, width: number) => EmbeddingModule | Promise<EmbeddingModule>>
> = {
  Dense: (files, width) => Dense.fromFiles(files, width),
  Normalize: () => new Normalize(),
  Dropout: (files) => Dropout.fromFiles(files),
};

/** The type of the encoder in modules.json. */
const encoderType = 'sentence_transformers.models.Transformer';

/**
 * Reads modules.json; undefined where there is none, as for a plain model.
 *
 * @throws Error naming the file, the rule and what is there.
 */
export async function readModuleEntries(files: ModelFiles): Promise<ModuleEntry[] | undefined> {
  if (!(await files.has('modules.json'))) return undefined;
  const source = `${files.name}/modules.json`;
  const data = await readJson(files, 'modules.json');
  const given = Array.isArray(data) ? data : [];
  const entries = given.map((entry): ModuleEntry => {
    const { path, type } = (entry ?? {}) as { path?: unknown; type?: unknown };
    if (typeof path !== 'string' || typeof type !== 'string') {
      throw new Error(`${source}: a module must have path and type, but is ${JSON.stringify(entry)}`);
    }
    return { path, kind: type.split('.').at(-1)! };
  });
  const kinds = entries.map(({ kind }) => kind);
  if (kinds[0] !== 'Transformer' || kinds[1] !== 'Pooling') {
    throw new Error(
      `${source} must begin with Transformer and Pooling, but has ${kinds.join(', ') || 'no modules'}`,
    );
  }
  const unknown = kinds.slice(2).find((kind) => !Object.hasOwn(readers, kind));
  if (unknown) {
    const known = Object.keys(readers).join(', ');
    throw new Error(`${source}: a module after the pooling must be one of ${known}, but is ${unknown}`);
  }
  return entries;
}

/**
 * Reads pooling and what follows it.
 *
 * @param width of the encoder's states
 * @throws Error naming the file, the rule and what is there.
 */
export async function readModules(
  files: ModelFiles,
  entries: readonly ModuleEntry[] | undefined,
  width: number,
): Promise<Modules> {
  if (!entries) return { pooling: new Pooling(), rest: [] };
  const [, pool, ...others] = entries as [ModuleEntry, ModuleEntry, ...ModuleEntry[]];
  const pooling = await Pooling.fromFiles(moduleFiles(files, pool.path), width);
  const rest: EmbeddingModule[] = [];
  let current = pooling.widthOf(width);
  try {
    for (const { path, kind } of others) {
      rest.push(await readers[kind]!(moduleFiles(files, path), current));
      current = rest.at(-1)!.widthOf(current);
    }
  } catch (error) {
    for (const each of rest) each.dispose();
    throw error;
  }
  return { pooling, rest };
}

/** The name of a module's folder: its place and its class. */
export const folderOf = (index: number, { type }: { readonly type: string }): string =>
  `${index}_${type.split('.').at(-1)}`;

/** The contents of modules.json; the encoder lies in the model's folder itself. */
export const moduleList = (modules: readonly { readonly type: string }[]): object[] => [
  { idx: 0, name: '0', path: '', type: encoderType },
  ...modules.map((each, i) => {
    const idx = i + 1;
    return { idx, name: String(idx), path: folderOf(idx, each), type: each.type };
  }),
];
