import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const TRIES = 3;
const LONGEST_SILENCE = 60_000; // milliseconds

/**
 * Downloads a file whose content is known, unless it is there already. What an earlier download left is gone on with; the
 * file gets its name when it is whole and right.
 *
 * @param file `url`, `target` and what it must be: `bytes` and `sha256`
 * @returns whether anything had to be done
 */
export async function downloadFile(file) {
  const { url, target, bytes, sha256 } = file;
  const size = await stat(target).then(
    (status) => status.size,
    () => -1,
  );
  if (size === bytes && (await hashOf(target)) === sha256) return false;
  const partial = join(dirname(target), `.${basename(target)}.partial`);
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT);
  try {
    await fill(handle, file);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const found = await hashOf(partial);
  if (found !== sha256) {
    await rm(partial, { force: true });
    throw new Error(`${url} must have the SHA-256 ${sha256}, but what came has ${found}, and is deleted`);
  }
  await rename(partial, target);
  return true;
}

async function hashOf(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Requests what the file lacks, until it has all. */
async function fill(handle, file) {
  const { size } = await handle.stat();
  const state = { position: size <= file.bytes ? size : 0 };
  if (state.position !== size) await handle.truncate(0);
  for (let tries = TRIES; state.position < file.bytes; ) {
    const before = state.position;
    try {
      await request(handle, file, state);
    } catch (error) {
      tries = state.position > before ? TRIES : tries - 1;
      if (error.isFinal || tries === 0) throw error;
    }
  }
}

const final = (message) => Object.assign(new Error(message), { isFinal: true });

async function request(handle, { url, bytes }, state) {
  const controller = new AbortController();
  let silence;
  const touch = () => {
    clearTimeout(silence);
    silence = setTimeout(() => controller.abort(), LONGEST_SILENCE);
  };
  touch();
  try {
    const headers = { 'accept-encoding': 'identity' };
    if (state.position > 0) headers.range = `bytes=${state.position}-`;
    const response = await fetch(url, { headers, signal: controller.signal }).catch((error) => {
      throw new Error(`${url} cannot be reached: ${error.cause?.message || error.message}`);
    });
    if (!response.ok) throw final(`${url} cannot be read: HTTP status ${response.status}`);
    if (response.status !== 206)
      state.position = 0; // a server need not know ranges
    else if (!response.headers.get('content-range')?.startsWith(`bytes ${state.position}-`)) {
      throw final(
        `${url}: bytes from ${state.position} are wanted, but ${response.headers.get('content-range')} came`,
      );
    }
    await receive(response, handle, { url, bytes }, state, touch);
  } finally {
    clearTimeout(silence);
    controller.abort();
  }
}

async function receive(response, handle, { url, bytes }, state, touch) {
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      const why = error.cause?.message || error.message;
      throw new Error(`${url} broke off after ${state.position} of ${bytes} bytes: ${why}`);
    });
    if (done) break;
    touch();
    if (state.position + value.length > bytes) {
      await handle.truncate(0);
      throw final(`${url} must have ${bytes} bytes, but the server sends more`);
    }
    for (let start = 0; start < value.length; ) {
      const { bytesWritten } = await handle.write(value, start, value.length - start, state.position);
      start += bytesWritten;
      state.position += bytesWritten;
    }
  }
  if (state.position < bytes) throw new Error(`${url} broke off after ${state.position} of ${bytes} bytes`);
}
