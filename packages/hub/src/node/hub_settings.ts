import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpenOptions } from '../files/repository.js';

/**
 * What is said about downloads: by options, or else by the variables of the environment that Python's huggingface_hub
 * knows, or else its defaults.
 */
export function hubSettings(options: OpenOptions) {
  const { env } = process;
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const cacheDir = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const isOffline = /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE || '');
  return {
    revision: options.revision ?? 'main',
    endpoint: options.endpoint ?? (env.HF_ENDPOINT || undefined),
    accessToken: options.accessToken ?? (env.HF_TOKEN?.trim() || undefined),
    cacheDir: resolve(expandHome(options.cacheDir ?? cacheDir)),
    localFilesOnly: options.localFilesOnly ?? isOffline,
  };
}

/** `~` at the beginning of a path is the user's home. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
