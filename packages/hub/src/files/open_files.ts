import type { ModelFiles } from './model_files.js';
import type { OpenOptions } from './repository.js';
import { UrlFiles } from './url_files.js';

/** Whether a model's name is a path by its spelling: it begins with `.`, `/`, `~` or `file:`. */
export const isPath = (name: string): boolean => /^(?:[./~]|file:)/.test(name);

/** Whether a model's name is a URL by its spelling. */
export const isUrl = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * Opens the files of a model: an http(s) URL of a directory, the id of a repository, or in a browser a path, taken
 * relative to the page. In this build, for browsers, files of a repository are read from the hub whenever they are asked
 * for, at the revision as it then is.
 *
 * @throws Error for anything else
 */
export async function openFiles(name: string, options: OpenOptions = {}): Promise<ModelFiles> {
  if (isUrl(name)) return new UrlFiles(name);
  if (isPath(name)) {
    const page = globalThis.location?.href;
    if (!page) throw new Error(`directories can be opened in Node only, but the model is ${name}`);
    return new UrlFiles(new URL(name, page).href);
  }
  const { checkDataFile, checkRepositoryId, repositoryUrl } = await import('./repository.js');
  checkRepositoryId(name);
  const { accessToken, signal } = options;
  const check = (path: string) => checkDataFile(path, name);
  return new UrlFiles(repositoryUrl(name, options), { accessToken, signal, check });
}
