import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from '../files/model_files.js';
import { isPath, openRemote } from '../files/open_files.js';
import { DirectoryFiles } from './directory_files.js';
import { explain } from './explain.js';

/**
 * Opens the files of a model: a directory, if the name begins with `.`, `/`, `~` or `file:` or a directory of that
 * name exists, else an http(s) URL of a directory.
 *
 * @throws Error if there is no such directory, or for anything else
 */
export async function openFiles(nameOrPath: string): Promise<ModelFiles> {
  const mustExist = isPath(nameOrPath) || isAbsolute(nameOrPath);
  const path = toPath(nameOrPath);
  try {
    if ((await stat(path)).isDirectory()) return new DirectoryFiles(path);
  } catch (error) {
    if (mustExist) throw new Error(`the model's directory ${path} cannot be opened: ${explain(error)}`);
  }
  if (mustExist) throw new Error(`the model's directory ${path} cannot be opened: it is not a directory`);
  return openRemote(nameOrPath);
}

function toPath(name: string): string {
  if (name.startsWith('file:')) return fileURLToPath(name);
  return name === '~' || name.startsWith('~/') ? join(homedir(), name.slice(1)) : name;
}
