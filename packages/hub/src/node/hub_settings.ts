import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpenOptions } from '../files/repository.js';
import { explain } from './explain.js';

/**
 * What is said about downloads: by options, or else by the variables of the environment that Python's huggingface_hub
 * knows, or else its defaults.
 *
 * @throws Error if the file of the access token cannot be read, or a token cannot be one
 */
export async function hubSettings(options: OpenOptions) {
  const { env } = process;
  const home = expandHome(
    env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'),
  );
  const cacheDir = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const isOffline = isOn(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE);
  const localFilesOnly = options.localFilesOnly ?? isOffline;
  return {
    revision: options.revision ?? 'main',
    endpoint: options.endpoint ?? (env.HF_ENDPOINT || undefined),
    accessToken: localFilesOnly ? undefined : await accessTokenOf(options, home),
    cacheDir: resolve(expandHome(options.cacheDir ?? cacheDir)),
    localFilesOnly,
  };
}

/** The access token: of the option, the variable, or the file into which Python's `hf auth login` writes it. */
async function accessTokenOf({ accessToken }: OpenOptions, home: string): Promise<string | undefined> {
  if (accessToken !== undefined) return checkedToken('accessToken', accessToken);
  const { env } = process;
  if (isOn(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const named = checkedToken('HF_TOKEN', env.HF_TOKEN ?? '');
  if (named) return named;
  const file = resolve(expandHome(env.HF_TOKEN_PATH || join(home, 'token')));
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw new Error(`the access token in ${file} cannot be read: ${explain(error)}`);
  });
  return checkedToken(file, text);
}

/** A token without the white space around it; undefined if nothing is left. What is wrong with one does not show it. */
function checkedToken(source: string, text: string): string | undefined {
  const token = text.trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token || undefined;
  throw new Error(`the access token of ${source} must be printable ASCII without spaces, but is not`);
}

const isOn = (value: string | undefined) => /^(1|on|yes|true)$/i.test(value ?? '');

/** `~` at the beginning of a path is the user's home. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
