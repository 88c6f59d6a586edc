import { stat } from 'node:fs/promises';
import { Checkpoint, type ModelFiles, openFiles } from '@chui/hub';
import { Tokenizer } from '@chui/tokenizer';
import { parseJson } from '../train/parse_json.js';
import type { RecipePaths } from '../train/task.js';

/** What a tokenizer may be made of, and Python's library reads. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];

/** Architectures whose positions are counted from the one after the padding's id. */
const OFFSET_POSITIONS = ['roberta', 'xlm-roberta', 'camembert'];

/** A model that is to be fine-tuned: its files, looked at, but for the weights. */
export interface ModelSource {
  /** What a recipe of the run calls it. */
  readonly written: string;
  readonly files: ModelFiles;
  readonly tokenizer: Tokenizer;
  /** Most tokens that the table of positions has room for. */
  readonly longest: number;
}

/**
 * Opens a model: a directory, relative to the recipe, a URL, or the id of a repository.
 *
 * @throws Error of one line naming the file and the rule if there is no model, it lacks configuration, weights or tokenizer, or the
 *   tokenizer has more tokens than the model.
 */
export async function openModel(name: string, paths: RecipePaths): Promise<ModelSource> {
  const { path, written } = await located(name, paths);
  const files = await openFiles(path);
  const config = await readConfig(files);
  await Checkpoint.open(files);
  const tokenizer = await Tokenizer.fromFiles(files);
  const vocabSize = Number(config.vocab_size ?? Number.POSITIVE_INFINITY);
  if (tokenizer.vocabSize > vocabSize) {
    throw new Error(
      `${files.name}: the tokenizer must have at most ${vocabSize} tokens (vocab_size), but has ${tokenizer.vocabSize}`,
    );
  }
  return { written, files, tokenizer, longest: longestInput(config) };
}

/** The files of the model's tokenizer, as they are; and those that others may look for. */
export async function tokenizerFiles({
  files,
  tokenizer,
}: ModelSource): Promise<Record<string, string | Uint8Array>> {
  const copied: Record<string, string | Uint8Array> = tokenizer.toFiles();
  for (const name of TOKENIZER_FILES) if (await files.has(name)) copied[name] = await files.bytes(name);
  return copied;
}

async function located(name: string, paths: RecipePaths): Promise<{ path: string; written: string }> {
  if (/^(https?|file):|^~/i.test(name)) return { path: name, written: name };
  const path = paths.resolve(name);
  const isDirectory = await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
  const isRepository = !isDirectory && !/^[./]/.test(name);
  if (isRepository) return { path: name, written: name };
  const written = paths.written(name);
  return { path: isDirectory ? path : asPath(path), written: asPath(written) };
}

/** A path that cannot be taken for the id of a repository. */
const asPath = (path: string) => (/^[./]/.test(path) ? path : `./${path}`);

async function readConfig(files: ModelFiles): Promise<Record<string, unknown>> {
  const name = 'config.json';
  if (!(await files.has(name))) {
    throw new Error(`${files.name} must have a ${name}, but has none: it holds no model`);
  }
  const config = parseJson(await files.text(name), `${files.name}/${name}`);
  if (typeof config === 'object' && config !== null) return config as Record<string, unknown>;
  throw new Error(`${files.name}/${name} must be a JSON object`);
}

function longestInput(config: Record<string, unknown>): number {
  const { max_position_embeddings: positions, model_type: type, pad_token_id: pad } = config;
  if (typeof positions !== 'number') return Number.POSITIVE_INFINITY;
  return OFFSET_POSITIONS.includes(String(type)) ? positions - Number(pad ?? 1) - 1 : positions;
}
