import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRange, type ModelFiles, pathParts } from '../files/model_files.js';
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

  async size(path: string): Promise<number> {
    return this.reading(path, async (handle) => sizeOf(handle));
  }

  async range(path: string, start: number, end: number): Promise<Uint8Array> {
    return this.reading(path, async (handle, file) => {
      checkRange(file, start, end, await sizeOf(handle));
      const bytes = new Uint8Array(end - start);
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(bytes.length - done, 2 ** 30); // one call reads less than 2 GiB
        const { bytesRead } = await handle.read(bytes, done, length, start + done);
        if (bytesRead === 0) checkRange(file, start, end, start + done); // cut short since its size was read
        done += bytesRead;
      }
      return bytes;
    });
  }

  async list(): Promise<string[]> {
    try {
      const entries = await readdir(this.name, { withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      throw new Error(`${this.name} cannot be read: ${explain(error)}`);
    }
  }

  private async reading<T>(path: string, read: (handle: FileHandle, file: string) => Promise<T>): Promise<T> {
    const file = this.file(path);
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      return await read(handle, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error; // names the file already
      throw new Error(`${file} cannot be read: ${explain(error)}`);
    } finally {
      await handle?.close();
    }
  }

  private file(path: string): string {
    return join(this.name, ...pathParts(path));
  }
}

async function sizeOf(handle: FileHandle): Promise<number> {
  const status = await handle.stat();
  if (status.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  return status.size;
}
