import { stat } from 'node:fs/promises';
import { Checkpoint, type ModelFiles, openFiles } from '@chui/hub';
import { readModelSizes } from '@chui/models';
import { Tokenizer } from '@chui/tokenizer';
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

/** A model that is to be fine-tuned: its files, looked at, but for the weights. */
export interface ModelSource {
  /** What a recipe of the run calls it. */
  readonly written: string;
  readonly files: ModelFiles;
  readonly tokenizer: Tokenizer;
  /** How many tokens there are positions for. */
  readonly longest: number;
  /** The token that pads texts, of a decoder, whose configuration seldom names it. */
  readonly padTokenId?: number;
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
  const { vocabSize, maxTokens, ...sizes } = await readModelSizes(files);
  await Checkpoint.open(files);
  const tokenizer = await Tokenizer.fromFiles(files);
  if (tokenizer.vocabSize > vocabSize) {
    throw new Error(
      `${files.name}: the tokenizer must have at most ${vocabSize} tokens (vocab_size), but has ${tokenizer.vocabSize}`,
    );
  }
  const padTokenId = sizes.isDecoder ? (sizes.padTokenId ?? paddingOf(tokenizer)) : undefined;
  return { written, files, tokenizer, longest: maxTokens, ...(padTokenId !== undefined && { padTokenId }) };
}

/** The token that pads, or in its place the one that ends texts. */
function paddingOf(tokenizer: Tokenizer): number | undefined {
  const { pad, eos } = tokenizer.specialTokens;
  const token = pad ?? eos;
  return token === undefined ? undefined : tokenizer.tokenToId(token);
}

/** The files of the model's tokenizer, as they are, but for what pads texts if they do not say it; and those that others may look for. */
export async function tokenizerFiles({
  files,
  tokenizer,
  padTokenId,
}: Pick<ModelSource, 'files' | 'tokenizer' | 'padTokenId'>): Promise<Record<string, string | Uint8Array>> {
  const copied: Record<string, string | Uint8Array> = tokenizer.toFiles();
  for (const name of TOKENIZER_FILES) if (await files.has(name)) copied[name] = await files.bytes(name);
  if (padTokenId === undefined || tokenizer.specialTokens.pad !== undefined) return copied;
  const name = 'tokenizer_config.json';
  const told = { ...JSON.parse(textOf(copied[name])), pad_token: tokenizer.idToToken(padTokenId) };
  return { ...copied, [name]: `${JSON.stringify(told, null, 2)}\n` };
}

const textOf = (content: string | Uint8Array = '{}') =>
  typeof content === 'string' ? content : new TextDecoder().decode(content);

/** Where a model or a tokenizer is, and what a recipe of the run calls it. */
export async function located(name: string, paths: RecipePaths): Promise<{ path: string; written: string }> {
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
export const asPath = (path: string) => (/^[./]/.test(path) ? path : `./${path}`);
