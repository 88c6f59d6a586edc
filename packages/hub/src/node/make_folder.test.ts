import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from './make_folder.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-folder-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

it('makes a folder and those around it, once for all who want it', async () => {
  const folder = join(directory, 'a', 'b', 'c');
  await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(join(directory, 'a'))]);
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});

it('says so where it cannot', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  await expect(makeFolder(file)).rejects.toThrow(/^ENOTDIR: .*file'$/);
  await expect(makeFolder(join(file, 'deep', 'deeper'))).rejects.toThrow(/^ENOTDIR: .*file'$/);
  if (existsSync('/proc/self')) await expect(makeFolder('/proc/chui/deep')).rejects.toThrow(/^ENOENT: /);
});
