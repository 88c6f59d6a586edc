import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelFiles } from '../files/model_files.js';
import type { DownloadProgress } from '../files/repository.js';
import { Checkpoint } from '../safetensors/checkpoint.js';
import { writeSafetensors } from '../safetensors/write_safetensors.js';
import { FakeHub, gitHash, sha256 } from '../testing/fake_hub.js';
import { openFiles } from './open_files.js';
import { Retries, TransientError } from './retries.js';
import { Watch } from './watch.js';

const commit = 'a'.repeat(40);
const path = 'model.safetensors';
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const hash = sha256(content);

let hub: FakeHub;
let endpoint: string;
let cacheDir: string;
let blobs: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'chui-cache-'));
  vi.stubEnv('HF_TOKEN_PATH', join(cacheDir, 'token'));
  blobs = join(cacheDir, 'models--owner--name', 'blobs');
  hub = new FakeHub();
  endpoint = await hub.start();
  hub.add('owner/name', commit, { [path]: content, 'config.json': '{}', 'empty.txt': '' });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(cacheDir, { recursive: true });
});

const open = (options = {}) =>
  openFiles('owner/name', {
    endpoint,
    cacheDir,
    revision: commit,
    localFilesOnly: false,
    ...options,
  });
const expectContent = async (files: ModelFiles) =>
  expect(Buffer.from(await files.bytes(path)).equals(content)).toBe(true);
const leave = async (bytes: Uint8Array) => {
  await mkdir(blobs, { recursive: true });
  await writeFile(join(blobs, `${hash}.incomplete`), bytes);
};
/** Answers the next request of the content otherwise. */
const fault = (answer: (response: ServerResponse, range?: string) => unknown) =>
  hub.faults.push((request, response) => {
    if (request.url !== `/${hash}`) return false;
    answer(response, request.headers.range);
    return true;
  });
const cutAfter = (bytes: number) =>
  fault((response, range) => {
    const start = Number(/\d+/.exec(range ?? '0'));
    const headers = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(range ? 206 : 200, {
      ...(range && headers),
      'content-length': content.length - start,
    });
    response.write(
      content.subarray(start, start + bytes),
      () => void setTimeout(20).then(() => response.destroy()),
    );
  });

describe('a download that breaks off', () => {
  test('goes on where it was, as often as it takes', async () => {
    for (let i = 0; i < 6; i++) cutAfter(40_000); // more breaks than tries in a row
    await expectContent(await open());
    const starts = hub.take('cdn').map((line) => Number(/bytes=(\d+)-$/.exec(line)?.[1] ?? 0));
    expect(starts).toHaveLength(7);
    expect(starts.every((start, i) => i === 0 || start > starts[i - 1]!)).toBe(true);
    expect(await readdir(blobs)).toEqual([hash]);
  });

  test('goes on in another process', async () => {
    await leave(content.subarray(0, 200_000));
    await expectContent(await open());
    expect(hub.take('cdn')).toEqual([`cdn GET /${hash} bytes=200000-`]);
  });

  test('needs no request when only its name was lacking', async () => {
    await leave(content);
    await expectContent(await open());
    expect(hub.take('cdn')).toEqual([]);
  });

  test('begins anew when the server knows no ranges, or what is there is too long', async () => {
    await leave(content.subarray(0, 200_000));
    fault((response) => response.writeHead(200).end(content));
    await expectContent(await open());
    await rm(cacheDir, { recursive: true });
    await leave(new Uint8Array(content.length + 1));
    await expectContent(await open());
  });

  test('is given up when nothing more comes', async () => {
    for (let i = 0; i < 5; i++) fault((response) => response.writeHead(503, { 'retry-after': '0' }).end());
    await expect((await open()).bytes(path)).rejects.toThrow(/ cannot be read: HTTP status 503$/);
    expect(hub.take('cdn')).toHaveLength(5);
  });

  test('stops at a signal, and what is there is kept', async () => {
    const stop = new AbortController();
    fault((response) =>
      response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1000)),
    );
    const onProgress = ({ loaded }: DownloadProgress) => loaded > 0 && stop.abort(new Error('enough'));
    await expect((await open({ signal: stop.signal, onProgress })).bytes(path)).rejects.toThrow('enough');
    expect(await readFile(join(blobs, `${hash}.incomplete`))).toHaveLength(1000);
    await expect(open({ signal: stop.signal, revision: 'main' })).rejects.toThrow('enough');
    await expectContent(await open());
    expect(hub.take('cdn').at(-1)).toBe(`cdn GET /${hash} bytes=1000-`);
  });
});

describe('a download that is wrong', () => {
  const wrong = content.toReversed();

  test('in its SHA-256 is deleted', async () => {
    fault((response) => response.writeHead(200).end(wrong));
    const files = await open();
    await expect(files.bytes(path)).rejects.toThrow(
      `owner/name/model.safetensors must have the SHA-256 ${hash}, but what came has ${sha256(wrong)}, and is deleted`,
    );
    expect(await readdir(blobs)).toEqual([]);
    await expectContent(files);
  });

  test('in its git hash is deleted', async () => {
    const right = gitHash(new TextEncoder().encode('{}'));
    hub.faults.push((request, response) => {
      if (request.method === 'GET') response.writeHead(200).end('[]');
      return request.method === 'GET';
    });
    await expect((await open()).text('config.json')).rejects.toThrow(
      `must have the git hash ${right}, but what came has`,
    );
    expect(await readdir(blobs)).toEqual([]);
  });

  test('from what was left of an earlier one is deleted', async () => {
    await leave(new Uint8Array(1000));
    const files = await open();
    await expect(files.bytes(path)).rejects.toThrow('SHA-256');
    await expectContent(files);
  });

  test('in its length is deleted', async () => {
    fault((response) => response.writeHead(200).end(new Uint8Array(content.length + 1)));
    await expect((await open()).bytes(path)).rejects.toThrow(
      'must have 300000 bytes, but the server sends more',
    );
    expect(await readdir(blobs)).toEqual([]);
  });

  test('in its place is refused', async () => {
    await leave(content.subarray(0, 200_000));
    fault((response) => response.writeHead(206, { 'content-range': 'bytes 0-299999/300000' }).end(content));
    await expect((await open()).bytes(path)).rejects.toThrow(
      'bytes from 200000 of 300000 are wanted, but the server sends bytes 0-299999/300000',
    );
    fault((response) => response.writeHead(403).end());
    await expect((await open()).bytes(path)).rejects.toThrow('owner/name may not be read');
  });
});

test('a server that is busy is asked again', async () => {
  fault((response) => response.writeHead(429, { 'retry-after': '0' }).end());
  fault((response) => response.writeHead(502, { 'retry-after': '0' }).end());
  hub.faults.push((_, response) => !!response.writeHead(429, { 'retry-after': '0' }).end()); // of HEAD
  await expectContent(await open());
});

test('two downloads of a file at once both give it', async () => {
  cutAfter(1000);
  const both = await Promise.all([open(), open()]);
  const read = await Promise.all(both.map((files) => files.bytes(path)));
  expect(read.every((bytes) => Buffer.from(bytes).equals(content))).toBe(true);
  expect(await readdir(blobs)).toEqual([hash]);
});

describe('the shards of a checkpoint', () => {
  const names = Array.from({ length: 7 }, (_, i) => `model-0000${i + 1}-of-00007.safetensors`);
  const shards = names.map((_, i) =>
    writeSafetensors([[`w${i}`, { dtype: 'F32', shape: [50_000], data: new Float32Array(50_000).fill(i) }]]),
  );
  beforeEach(() => {
    const weight_map = Object.fromEntries(names.map((name, i) => [`w${i}`, name]));
    hub.add('owner/name', commit, {
      'model.safetensors.index.json': JSON.stringify({ weight_map }),
      ...Object.fromEntries(names.map((name, i) => [name, shards[i]!])),
    });
  });
  /** Takes its time for each content, and counts how many are waited for at once. */
  const slowly = () => {
    const waiting: (() => void)[] = [];
    const counts = { now: 0, most: 0 };
    for (const bytes of shards) {
      hub.faults.push((request, response) => {
        if (request.url !== `/${sha256(bytes)}` || request.method !== 'GET') return false;
        counts.now += 1;
        counts.most = Math.max(counts.most, counts.now);
        waiting.push(() => {
          counts.now -= 1;
          response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
        });
        setTimeout(100).then(() => waiting.shift()?.());
        return true;
      });
    }
    return counts;
  };

  test('are downloaded four at a time', async () => {
    const counts = slowly();
    const checkpoint = await Checkpoint.open(await open());
    expect(counts.most).toBe(4);
    expect((await checkpoint.read('w6')).data[0]).toBe(6);
  });

  test('stop when one of them fails, and what has come is kept', async () => {
    const [first, second] = shards.map((bytes) => sha256(bytes));
    hub.faults.push((request, response) => {
      if (request.url !== `/${first}`) return false;
      response.writeHead(200, { 'content-length': shards[0]!.length }).write(shards[0]!.subarray(0, 1000));
      return true;
    });
    hub.faults.push((request, response) => {
      if (request.url !== `/${second}`) return false;
      setTimeout(300).then(() => response.writeHead(403).end());
      return true;
    });
    await expect(Checkpoint.open(await open())).rejects.toThrow('owner/name may not be read');
    await setTimeout(100);
    expect(await readFile(join(blobs, `${first}.incomplete`))).toHaveLength(1000);
    const checkpoint = await Checkpoint.open(await open());
    expect((await checkpoint.read('w0')).data[0]).toBe(0);
    expect(hub.take('cdn').some((line) => line.endsWith(`/${first} bytes=1000-`))).toBe(true);
  });

  test('stop at a signal', async () => {
    const stop = new AbortController();
    const onProgress = ({ loaded }: DownloadProgress) => loaded > 0 && stop.abort(new Error('enough'));
    await expect(Checkpoint.open(await open({ signal: stop.signal, onProgress }))).rejects.toThrow('enough');
  });
});

test('progress is told', async () => {
  const told: DownloadProgress[] = [];
  const files = await open({ onProgress: (progress: DownloadProgress) => told.push(progress) });
  cutAfter(1000);
  await files.bytes(path);
  expect(told[0]).toEqual({ file: path, loaded: 0, total: 300_000 });
  expect(told.at(-1)).toEqual({ file: path, loaded: 300_000, total: 300_000 });
  expect(told.every(({ loaded }, i) => i === 0 || loaded >= told[i - 1]!.loaded)).toBe(true);
});

test('an empty file is a file', async () => {
  expect(await (await open()).text('empty.txt')).toBe('');
});

test('a cache that cannot be written to is named', async () => {
  await mkdir(join(blobs, '..'), { recursive: true });
  await writeFile(blobs, 'a file');
  await expect((await open()).bytes(path)).rejects.toThrow(
    /blobs\/\w{64}\.incomplete cannot be saved: .*\(E/,
  );
});

test('a blob that was cut short is downloaded again', async () => {
  await mkdir(blobs, { recursive: true });
  await writeFile(join(blobs, hash), content.subarray(0, 10));
  await expectContent(await open());
});

test('silence is a failure', async () => {
  const watch = new Watch(undefined, 0.05);
  watch.touch();
  await setTimeout(100);
  expect(watch.signal.reason.message).toBe('nothing came for 0.05 seconds');
});

test('pauses between tries double, and a signal ends them', async () => {
  const stop = new AbortController();
  const retries = new Retries(stop.signal, 4, 0.02);
  const start = performance.now();
  for (let i = 0; i < 3; i++) await retries.after(new TransientError('busy'));
  expect(performance.now() - start).toBeGreaterThan(130);
  await expect(retries.after(new TransientError('busy'))).rejects.toThrow('busy');
  retries.reset();
  await expect(retries.after(new Error('final'))).rejects.toThrow('final');
  setTimeout(20).then(() => stop.abort(new Error('enough')));
  await expect(retries.after(new TransientError('busy', 30))).rejects.toThrow('enough');
});
