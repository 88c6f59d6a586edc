import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from './events.js';

const LOCK = 'lock';
const BEAT = 1_000;
/** A lock that was not renewed for this long, in milliseconds, was left by a process that is gone or hangs. */
const STALE = 15_000;
/** Temporary directories of processes that cannot be looked up are removed after a day, in milliseconds. */
const ABANDONED = 86_400_000;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * The right to change a directory of the cache, held by one process at a time, and its temporary files.
 *
 * Directories are made under temporary names and renamed when complete, so that no reader ever sees half of one. The
 * lock saves a second set-up from doing the first one's work again; nothing would break without it.
 */
export class Workspace {
  private readonly temporaries: string[] = [];
  private readonly beat: NodeJS.Timeout;

  private constructor(readonly directory: string) {
    const renew = (): void => {
      const now = new Date();
      utimes(join(directory, LOCK), now, now).catch(() => {});
    };
    this.beat = setInterval(renew, BEAT);
    this.beat.unref();
  }

  /** Waits until no other process holds `directory`, and removes what processes that are gone left in it. */
  static async open(directory: string, report: Report, signal?: AbortSignal): Promise<Workspace> {
    await mkdir(directory, { recursive: true });
    const lock = join(directory, LOCK);
    for (let waiting = false; ; waiting = true) {
      signal?.throwIfAborted();
      try {
        await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
        break;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      if (await isLeftBehind(lock)) await unlink(lock).catch(() => {});
      else {
        if (!waiting) report({ stage: 'wait', message: 'waiting for another set-up to finish' });
        await sleep(200, undefined, { signal });
      }
    }
    const workspace = new Workspace(directory);
    await workspace.clean();
    return workspace;
  }

  private async clean(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const pid = /^tmp-(\d+)-/.exec(name)?.[1];
      if (!pid) continue;
      const path = join(this.directory, name);
      const left = !isAlive(Number(pid)) || Number(pid) === process.pid;
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
      if (left || age > ABANDONED) await rm(path, { recursive: true, force: true });
    }
  }

  /** A new directory, removed when the workspace is closed. */
  async temporary(purpose: string): Promise<string> {
    const path = await mkdtemp(join(this.directory, `tmp-${process.pid}-${purpose}-`));
    this.temporaries.push(path);
    await chmod(path, 0o755); // what is kept of it may be read by other users, as the rest of the cache
    return path;
  }

  /** Renames a finished directory to its place, unless a good one has come there first; what is damaged there goes. */
  async publish(directory: string, place: string, isGood: (place: string) => boolean): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return await rename(directory, place);
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
      }
      if (isGood(place)) return;
      const aside = await this.temporary('damaged');
      await rename(place, join(aside, 'damaged')).catch(() => {});
    }
    throw new Error(`${place} cannot be replaced`);
  }

  /** Gives the directory back. */
  async close(): Promise<void> {
    clearInterval(this.beat);
    for (const path of this.temporaries) await rm(path, { recursive: true, force: true });
    await rm(join(this.directory, LOCK), { force: true });
  }
}

async function isLeftBehind(lock: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > STALE) return true;
    const { pid, host } = JSON.parse(await readFile(lock, 'utf8')) as { pid: number; host: string };
    return host === hostname() && !isAlive(pid);
  } catch {
    // Gone meanwhile, or not yet written in full.
    return false;
  }
}
