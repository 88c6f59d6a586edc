import { randomBytes } from 'node:crypto';
import { copyFile, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathParts } from '../files/model_files.js';
import { isCommit } from '../files/repository.js';
import { explain } from './explain.js';
import { makeFolder } from './make_folder.js';

/**
 * The downloaded files of a repository, laid out as Python's huggingface_hub lays them out, so that there is one cache:
 *
 *     models--owner--name/blobs/<hash>                the files
 *     models--owner--name/refs/<revision>             the commit that a branch or tag was when it was last looked up
 *     models--owner--name/snapshots/<commit>/<path>   links to the files
 *     models--owner--name/.no_exist/<commit>/<path>   what is known to be missing
 */
export class RepositoryCache {
  readonly dir: string;

  constructor(cacheDir: string, repository: string) {
    this.dir = join(cacheDir, ['models', ...repository.split('/')].join('--'));
  }

  snapshot(commit: string): string {
    return join(this.dir, 'snapshots', commit);
  }

  blob(hash: string): string {
    return join(this.dir, 'blobs', hash);
  }

  /** The commit that a branch or tag was when it was last looked up. */
  async ref(revision: string): Promise<string | undefined> {
    const commit = await readFile(this.refFile(revision), 'utf8').catch(() => '');
    return isCommit(commit.trim()) ? commit.trim() : undefined;
  }

  async saveRef(revision: string, commit: string): Promise<void> {
    const file = this.refFile(revision);
    if ((await this.ref(revision)) !== commit) await this.put(file, (place) => writeFile(place, commit));
  }

  /** Makes a blob the file at `path` of a commit: by a link, or where there are none, by a copy. */
  async link(commit: string, path: string, hash: string): Promise<void> {
    const file = join(this.snapshot(commit), ...pathParts(path));
    const blob = this.blob(hash);
    await this.put(file, async (place) => {
      await symlink(relative(dirname(file), blob), place).catch(() => copyFile(blob, place));
    });
  }

  async isKnownMissing(commit: string, path: string): Promise<boolean> {
    return stat(this.missingFile(commit, path)).then(
      (status) => status.isFile(),
      () => false,
    );
  }

  async saveMissing(commit: string, path: string): Promise<void> {
    await this.put(this.missingFile(commit, path), (place) => writeFile(place, ''));
  }

  private refFile(revision: string): string {
    return join(this.dir, 'refs', ...pathParts(revision));
  }

  private missingFile(commit: string, path: string): string {
    return join(this.dir, '.no_exist', commit, ...pathParts(path));
  }

  /** Puts a file in its place when it is whole. */
  private async put(file: string, make: (place: string) => Promise<void>): Promise<void> {
    const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`);
    try {
      await makeFolder(dirname(file));
      await make(temporary);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw new Error(`${file} cannot be saved: ${explain(error)}`);
    }
  }
}
