import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those that it is in. `mkdir` with `recursive` would try for ever where nothing can be made, as in
 * /proc.
 *
 * @throws Error naming what cannot be made, and why: with the code and the system call, as those of Node
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (await isFolder(folder)) return;
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [code, syscall] = ['ENOTDIR', 'mkdir'];
    throw Object.assign(new Error(`${code}: not a directory, ${syscall} '${folder}'`), { code, syscall });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
