import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from '../files/model_files.js';
import { isPath, isUrl } from '../files/open_files.js';
import { checkRepositoryId, type OpenOptions } from '../files/repository.js';
import { UrlFiles } from '../files/url_files.js';
import { DirectoryFiles } from './directory_files.js';
import { explain } from './explain.js';
import { HubError } from './hub_error.js';
import { expandHome } from './hub_settings.js';
import { RepositoryFiles } from './repository_files.js';

/**
 * Opens the files of a model: a directory, if the name begins with `.`, `/`, `~` or `file:` or a directory of that
 * name exists, else an http(s) URL of a directory, or the id of a repository. The files of a repository are downloaded
 * into a cache when they are asked for.
 *
 * @throws Error if there is no such directory or repository, or for anything else
 */
export async function openFiles(name: string, options: OpenOptions = {}): Promise<ModelFiles> {
  const mustExist = isPath(name) || isAbsolute(name);
  const path = toPath(name);
  try {
    if ((await stat(path)).isDirectory()) return new DirectoryFiles(path);
  } catch (error) {
    if (mustExist) throw new Error(`the model's directory ${path} cannot be opened: ${explain(error)}`);
  }
  if (mustExist) throw new Error(`the model's directory ${path} cannot be opened: it is not a directory`);
  if (isUrl(name)) return new UrlFiles(name);
  checkRepositoryId(name);
  return RepositoryFiles.open(name, options).catch((error) => {
    const mayBeMistyped = !name.includes('/') || /cannot be reached/.test(error.message);
    if (!(error instanceof HubError) || !mayBeMistyped) throw error;
    throw new Error(`${error.message}; there is no directory ${name} either`, { cause: error });
  });
}

const toPath = (name: string) => (name.startsWith('file:') ? fileURLToPath(name) : expandHome(name));
