import type { ModelFiles } from './model_files.js';
import { UrlFiles } from './url_files.js';

/** Whether a model's name is a path by its spelling: it begins with `.`, `/`, `~` or `file:`. */
export const isPath = (name: string): boolean => /^(?:[./~]|file:)/.test(name);

/** Opens the name of a model that is no path: a URL. */
export function openRemote(name: string): ModelFiles {
  if (/^https?:\/\//i.test(name)) return new UrlFiles(name);
  throw new Error(
    `${JSON.stringify(name)} would be the id of a repository, which cannot be downloaded yet: give a directory, such as ./model, or a URL`,
  );
}

/**
 * Opens the files of a model: an http(s) URL of a directory, or in a browser a path, taken relative to the page.
 *
 * @throws Error for anything else
 */
export async function openFiles(nameOrPath: string): Promise<ModelFiles> {
  if (!isPath(nameOrPath)) return openRemote(nameOrPath);
  const page = globalThis.location?.href;
  if (!page) throw new Error(`directories can be opened in Node only, but the model is ${nameOrPath}`);
  return openRemote(new URL(nameOrPath, page).href);
}
