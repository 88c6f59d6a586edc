import { stat } from 'node:fs/promises';
import { type ModelFiles, pathParts } from '../files/model_files.js';
import { checkDataFile, type DownloadProgress, isCommit, type OpenOptions } from '../files/repository.js';
import { DirectoryFiles } from './directory_files.js';
import { download } from './download.js';
import { fewAtATime } from './few_at_a_time.js';
import { Hub, type RemoteFile } from './hub.js';
import { HubError } from './hub_error.js';
import { hubSettings } from './hub_settings.js';
import { RepositoryCache } from './repository_cache.js';

/** What the files of a repository are read with. */
interface RepositoryParts {
  name: string;
  cache: RepositoryCache;
  commit: string;
  /** Where files that the cache lacks come from; nowhere, if only the cache may be used. */
  hub: Hub | undefined;
  onProgress: ((progress: DownloadProgress) => void) | undefined;
}

/** How many files are downloaded at once. */
const mostDownloads = 4;

/**
 * Files of a repository on a hub, all of one commit. A file is downloaded into the cache when it is asked for, if the
 * cache lacks it, and read from there.
 */
export class RepositoryFiles implements ModelFiles {
  readonly name: string;
  private readonly directory: DirectoryFiles;
  private readonly downloads = new Map<string, Promise<void>>();
  private readonly answers = new Map<string, Promise<RemoteFile | undefined>>();

  private constructor(private readonly parts: RepositoryParts) {
    this.name = parts.name;
    this.directory = new DirectoryFiles(parts.cache.snapshot(parts.commit));
  }

  /**
   * Opens a repository. A branch or tag is looked up once; if the hub cannot be asked, it is what it was the last time.
   *
   * @throws Error if there is no such repository or revision, it may not be read, or it is not known without the hub
   */
  static async open(id: string, options: OpenOptions): Promise<RepositoryFiles> {
    const { revision, cacheDir, localFilesOnly, ...access } = await hubSettings(options);
    pathParts(revision);
    const cache = new RepositoryCache(cacheDir, id);
    const hub = localFilesOnly ? undefined : new Hub(id, { ...access, signal: options.signal });
    const commit = isCommit(revision) ? revision : await resolve(revision, cache, hub, id);
    const name = revision === 'main' ? id : `${id}@${revision}`;
    return new RepositoryFiles({ name, cache, commit, hub, onProgress: options.onProgress });
  }

  async has(path: string): Promise<boolean> {
    if (await this.directory.has(path)) return true;
    if (!this.parts.hub) return false;
    return (await this.answer(path, this.parts.hub)) !== undefined;
  }

  async text(path: string): Promise<string> {
    await this.fetched(path);
    return this.directory.text(path);
  }

  async bytes(path: string): Promise<Uint8Array> {
    await this.fetched(path);
    return this.directory.bytes(path);
  }

  async size(path: string): Promise<number> {
    await this.fetched(path);
    return this.directory.size(path);
  }

  async range(path: string, start: number, end: number): Promise<Uint8Array> {
    await this.fetched(path);
    return this.directory.range(path, start, end);
  }

  /** One that fails stops the others; what has come of them is kept. */
  async prepare(paths: readonly string[]): Promise<void> {
    const outer = this.parts.hub?.signal;
    const stop = new AbortController();
    const stopAll = () => stop.abort(outer?.reason);
    if (outer?.aborted) stopAll();
    outer?.addEventListener('abort', stopAll);
    try {
      const hub = this.parts.hub?.withSignal(stop.signal);
      await fewAtATime(paths, mostDownloads, (path) => this.fetched(path, hub));
    } finally {
      outer?.removeEventListener('abort', stopAll);
      stop.abort(new Error('another file of the model has failed'));
    }
  }

  /** Sees to it that the cache has the file. */
  private async fetched(path: string, hub = this.parts.hub): Promise<void> {
    checkDataFile(path, this.name);
    if (await this.directory.has(path)) return;
    const { cache } = this.parts;
    if (!hub) throw new Error(`${this.name} has no file ${path} in the cache, ${cache.dir}, ${offline}`);
    return once(this.downloads, path, () => this.download(path, hub));
  }

  private async download(path: string, hub: Hub): Promise<void> {
    const { cache, commit, onProgress } = this.parts;
    const remote = await this.answer(path, hub);
    if (!remote) throw new Error(`${this.name} has no file ${path}`);
    const target = cache.blob(remote.hash);
    const present = await stat(target).catch(() => undefined);
    if (present?.size !== remote.size) {
      const onLoaded = (loaded: number) => onProgress?.({ file: path, loaded, total: remote.size });
      await download({ hub, commit, path, remote, target, onLoaded });
    }
    await cache.link(commit, path, remote.hash);
  }

  /** What the hub says of a file of the commit, asked once. */
  private answer(path: string, hub: Hub): Promise<RemoteFile | undefined> {
    const { cache, commit } = this.parts;
    return once(this.answers, path, async () => {
      if (await cache.isKnownMissing(commit, path)) return undefined;
      const { file } = await hub.ask(commit, path);
      if (!file) await cache.saveMissing(commit, path).catch(() => {}); // only spares a question
      return file;
    });
  }
}

const offline = 'and nothing may be downloaded: localFilesOnly or HF_HUB_OFFLINE is set';

/** Looks up the commit that a branch or tag is. */
async function resolve(
  revision: string,
  cache: RepositoryCache,
  hub: Hub | undefined,
  id: string,
): Promise<string> {
  const known = await cache.ref(revision);
  if (!hub) {
    if (known) return known;
    throw new Error(`${id} has no revision ${revision} in the cache, ${cache.dir}, ${offline}`);
  }
  let commit: string | undefined;
  try {
    // Any file will do: the hub tells the commit even where there is none.
    ({ commit } = await hub.ask(revision, 'config.json', known ? 1 : undefined));
  } catch (error) {
    hub.signal?.throwIfAborted();
    if (!known || (error instanceof HubError && error.status === 404)) throw error;
    return known;
  }
  if (!isCommit(commit ?? '')) {
    throw new HubError(
      `${hub.url(revision, 'config.json')}: the server must tell the commit, as a hub does, but does not`,
    );
  }
  await cache.saveRef(revision, commit!).catch(() => {}); // a cache that cannot be written to may yet have all files
  return commit!;
}

/** The promise of `work`, begun once for a key; what fails may be begun again. */
function once<T>(begun: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  let promise = begun.get(key);
  if (!promise) {
    promise = work();
    begun.set(key, promise);
    promise.catch(() => begun.delete(key));
  }
  return promise;
}
