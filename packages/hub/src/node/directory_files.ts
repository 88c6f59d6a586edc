import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelFiles, pathParts } from '../files/model_files.js';
import { decodeUtf8 } from '../files/utf8.js';
import { explain } from './explain.js';

/**
 * Files of a model in a directory. A path cannot lead out of it; a symbolic link in it may, as in caches of downloads.
 */
export class DirectoryFiles implements ModelFiles {
  constructor(readonly name: string) {}

  async has(path: string): Promise<boolean> {
    const file = this.file(path);
    try {
      return (await stat(file)).isFile();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw new Error(`${file} cannot be read: ${explain(error)}`);
    }
  }

  async text(path: string): Promise<string> {
    return decodeUtf8(await this.bytes(path), this.file(path));
  }

  async bytes(path: string): Promise<Uint8Array> {
    const file = this.file(path);
    try {
      const { buffer, byteOffset, length } = await readFile(file);
      return new Uint8Array(buffer, byteOffset, length);
    } catch (error) {
      throw new Error(`${file} cannot be read: ${explain(error)}`);
    }
  }

  private file(path: string): string {
    return join(this.name, ...pathParts(path));
  }
}
