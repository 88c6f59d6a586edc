import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reason } from '../files/reason.js';
import { explain } from './explain.js';
import type { Hub, RemoteFile } from './hub.js';
import { HubError } from './hub_error.js';
import { makeFolder } from './make_folder.js';
import { Retries, TransientError } from './retries.js';
import { Watch } from './watch.js';

/** A file to be downloaded: where from, what it must be, and where to. */
interface Download {
  hub: Hub;
  commit: string;
  path: string;
  remote: RemoteFile;
  /** The place for the whole file; it is made under the name with `.incomplete`. */
  target: string;
  onLoaded?: (bytes: number) => void;
}

/**
 * Downloads a file. What an earlier download left is gone on with, and a connection that breaks is made anew.
 *
 * Two processes may download the same file at once, without locks: each writes the same bytes to the same places of one
 * file, always from where that ends, and the first to find it whole and right gives it its name.
 *
 * @throws Error if the hub fails for good, or what came has another hash, and is deleted, or cannot be saved
 */
export async function download(args: Download): Promise<void> {
  const { target } = args;
  const incomplete = `${target}.incomplete`;
  let handle: FileHandle | undefined;
  try {
    await makeFolder(dirname(target));
    handle = await open(incomplete, constants.O_RDWR | constants.O_CREAT);
    await fill(handle, args);
    await handle.sync();
    await checkHash(handle, args);
    if (await isAt(handle, incomplete)) await rename(incomplete, target);
    if (!(await isAt(handle, target)) && (await stat(target)).size !== args.remote.size) {
      throw new Error(`${target} was replaced by another process while it was downloaded`);
    }
  } catch (error) {
    if (error instanceof WrongContent && handle) {
      for (const file of [incomplete, target]) if (await isAt(handle, file)) await rm(file, { force: true });
    }
    if ((error as NodeJS.ErrnoException | null)?.syscall === undefined) throw error; // names the file already
    throw new Error(`${incomplete} cannot be saved: ${explain(error)}`);
  } finally {
    await handle?.close();
  }
}

/** What came is not the file that was asked for, nor a part of it. */
class WrongContent extends Error {}

/** Requests what the file lacks, until it has all. */
async function fill(handle: FileHandle, args: Download): Promise<void> {
  const { hub, remote, onLoaded } = args;
  const retries = new Retries(hub.signal);
  const before = (await handle.stat()).size;
  const state = { position: before <= remote.size ? before : 0 };
  if (state.position !== before) await handle.truncate(0);
  onLoaded?.(state.position);
  while (state.position < remote.size) {
    const start = state.position;
    try {
      await request(handle, args, state);
    } catch (error) {
      if (state.position > start) retries.reset();
      await retries.after(error);
    }
  }
}

async function request(handle: FileHandle, args: Download, state: { position: number }): Promise<void> {
  const { hub, commit, path, remote, onLoaded } = args;
  const url = hub.url(commit, path);
  const watch = new Watch(hub.signal);
  try {
    const headers = state.position > 0 ? { range: `bytes=${state.position}-` } : undefined;
    const response = await hub.send(url, watch, { headers });
    if (response.status !== 206 && response.status !== 200) throw hub.refusal(response, commit);
    if (response.status === 206) checkPart(response, url, state.position, remote.size);
    else state.position = 0; // a server need not know ranges
    await receive(response, url, watch, async (chunk) => {
      if (state.position + chunk.length > remote.size) {
        throw new WrongContent(`${url} must have ${remote.size} bytes, but the server sends more`);
      }
      await write(handle, chunk, state.position);
      state.position += chunk.length;
      onLoaded?.(state.position);
    });
    if (state.position < remote.size)
      throw new TransientError(`${url} broke off after ${state.position} bytes`);
  } finally {
    watch.end();
  }
}

function checkPart(response: Response, url: string, start: number, size: number): void {
  const given = response.headers.get('content-range');
  if (given === `bytes ${start}-${size - 1}/${size}`) return;
  throw new HubError(
    `${url}: bytes from ${start} of ${size} are wanted, but the server sends ${given ?? 'others'}`,
  );
}

/** Reads a response's body; a connection that breaks is a failure that may pass. */
async function receive(
  response: Response,
  url: string,
  watch: Watch,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read().catch((error) => {
      throw new TransientError(`${url} broke off: ${reason(error)}`);
    });
    if (!next || next.done) return;
    watch.touch();
    await take(next.value);
  }
}

async function write(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Reads the file from the disk again: that is what will be used. */
async function checkHash(handle: FileHandle, { hub, path, remote, onLoaded }: Download): Promise<void> {
  const isLarge = remote.hash.length === 64;
  const hash = createHash(isLarge ? 'sha256' : 'sha1');
  if (!isLarge) hash.update(`blob ${remote.size}\0`); // as git hashes
  const chunk = new Uint8Array(Math.min(remote.size, 2 ** 20));
  for (let position = 0; position < remote.size; ) {
    hub.signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
  const found = hash.digest('hex');
  if (found === remote.hash) return;
  onLoaded?.(0);
  throw new WrongContent(
    `${hub.repository}/${path} must have the ${isLarge ? 'SHA-256' : 'git hash'} ${remote.hash}, but what came has ${found}, and is deleted`,
  );
}

/** Whether an open file is the one of that name. */
async function isAt(handle: FileHandle, file: string): Promise<boolean> {
  const [opened, named] = [
    await handle.stat({ bigint: true }),
    await stat(file, { bigint: true }).catch(() => null),
  ];
  return named !== null && opened.ino === named.ino && opened.dev === named.dev;
}
