import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../support/run_chui.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/fetch_data.mjs', import.meta.url));
const commit = 'c'.repeat(40);
const content = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');
const sets = {
  small: {
    about: 'a file',
    licence: 'CC0',
    repository: 'owner/name',
    commit,
    files: [{ path: 'data/a.txt', bytes: content.length, sha256 }],
    unavailable: { 'b.txt': 'nobody has it' },
  },
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
/** What the next requests are answered with; after these the content, or 404. */
let answers: Answer[] = [];
let requests: string[] = [];
const send: Answer = (request, response) => {
  if (request.url !== `/owner/name/${commit}/data/a.txt`) return void response.writeHead(404).end();
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(start > 0 ? 206 : 200, start > 0 ? { 'content-range': range } : {});
  response.end(content.subarray(start));
};
/** Sends some bytes of what it promises. */
const cut: Answer = (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': content.length - start,
    ...(start > 0 && { 'content-range': range }),
  });
  response.write(content.subarray(start, start + 30_000), () => {
    setTimeout(20).then(() => response.destroy());
  });
};
const server = createServer((request, response) => {
  requests.push(request.headers.range ?? 'all');
  (answers.shift() ?? send)(request, response);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-data-'));
  await writeFile(join(folder, 'sets.json'), JSON.stringify(sets));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  [answers, requests] = [[], []];
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const from = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
/** Runs the script in the test's folder. */
const run = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
const fetchSmall = (...args: string[]) =>
  run('small', '--sets', 'sets.json', '--from', from(), '--out', 'data', ...args);
const place = (...path: string[]) => join(folder, 'data', 'small', ...path);
const expectContent = async () => {
  expect((await readFile(place('a.txt'))).equals(content)).toBe(true);
  expect(await readdir(place())).toEqual(['a.txt']);
};

describe('a data set', () => {
  test('is fetched once, with its licence, and what cannot be is named', async () => {
    const said = (end = '') =>
      `small, licence: CC0\n  data/small/a.txt, 0.2 MB${end}\n  b.txt cannot be fetched: nobody has it\n`;
    expect(await fetchSmall()).toEqual({ code: 0, stdout: said(), stderr: '' });
    await expectContent();
    expect(await fetchSmall()).toEqual({ code: 0, stdout: said(', is there already'), stderr: '' });
    expect(requests).toEqual(['all']);
    await writeFile(place('a.txt'), content.toReversed());
    expect(await fetchSmall()).toEqual({ code: 0, stdout: said(), stderr: '' });
    await expectContent();
  });

  test('whose download breaks off is gone on with, at once and later', async () => {
    answers = [cut, cut];
    expect((await fetchSmall()).code).toBe(0);
    await expectContent();
    expect(requests).toEqual(['all', 'bytes=30000-', 'bytes=60000-']);
    await rm(place('a.txt'));
    const break3 = Array(3).fill(((_, response) => response.destroy()) as Answer);
    [answers, requests] = [[cut, ...break3], []];
    const { code, stderr } = await fetchSmall();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^data cannot be fetched: http:.*\/a.txt cannot be reached: .*\n$/);
    expect(await readdir(place())).toEqual(['.a.txt.partial']);
    requests = [];
    expect((await fetchSmall()).code).toBe(0);
    await expectContent();
    expect(requests).toEqual(['bytes=30000-']);
  });

  test('from a server that knows no ranges begins anew', async () => {
    answers = [cut, (_, response) => response.writeHead(200).end(content)];
    expect((await fetchSmall()).code).toBe(0);
    await expectContent();
  });

  test.each<[string, Answer, RegExp]>([
    ['missing', (_, response) => response.writeHead(404).end(), /cannot be read: HTTP status 404$/],
    [
      'another',
      (_, response) => response.end(content.toReversed()),
      /must have the SHA-256 \w{64}, but what came has \w{64}, and is deleted$/,
    ],
    [
      'too long',
      (_, response) => response.end(Buffer.concat([content, content])),
      /must have 200000 bytes, but the server sends more$/,
    ],
  ])('that is %s is an error, and the file is not there', async (_, answer, message) => {
    answers = [answer];
    const { code, stderr } = await fetchSmall();
    expect(code).toBe(1);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(requests).toHaveLength(1);
    expect((await readdir(place())).includes('a.txt')).toBe(false);
    expect((await fetchSmall()).code).toBe(0);
    await expectContent();
  });

  test('is not fetched where nothing can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const [out, message] of [
      ['file', /ENOTDIR: .*file\/small'$/],
      ['file/data', /ENOTDIR: .*file\/data'$/],
      ['/proc/chui', /ENOENT: .*\/proc\/chui'$/],
      ['none/data', /ENOENT: .*none\/data'$/],
    ] as const) {
      const { code, stderr } = await fetchSmall('--out', out);
      expect(code).toBe(1);
      expect(stderr.trimEnd()).toMatch(message);
    }
    await mkdir(place('a.txt'), { recursive: true });
    expect((await fetchSmall()).stderr.trimEnd()).toMatch(/^data cannot be fetched: EISDIR: /);
  });
});

describe('the table', () => {
  test('names files that can be checked, of commits', async () => {
    const table = JSON.parse(
      await readFile(new URL('../../scripts/data_sets.json', import.meta.url), 'utf8'),
    );
    for (const [name, set] of Object.entries<(typeof sets)['small']>(table)) {
      expect(set, name).toMatchObject({ about: expect.any(String), licence: expect.any(String) });
      expect(set.repository).toMatch(/^[\w-]+\/[\w.-]+$/);
      expect(set.commit).toMatch(/^[0-9a-f]{40}$/);
      const names = set.files.map(({ path }) => path.split('/').at(-1));
      expect(new Set(names).size).toBe(set.files.length);
      for (const { bytes, sha256: hash } of set.files) {
        expect(bytes).toBeGreaterThan(0);
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
      }
    }
    const { stdout } = await run('--list');
    expect(stdout.match(/^\w+, /gm)).toEqual(Object.keys(table).map((name) => `${name}, `));
    expect(stdout.match(/^ {2}licence: ./gm)).toHaveLength(Object.keys(table).length);
  });

  test('has all that may be asked for', async () => {
    expect((await run('--help')).stdout).toContain('--out DIR');
    expect((await run()).stderr).toBe(
      'data cannot be fetched: a data set must be named, but none is: --list says which there are\n',
    );
    expect((await run('small', 'toString', '--sets', 'sets.json')).stderr).toBe(
      'data cannot be fetched: NAME must be one of small or all, but is "toString"\n',
    );
    expect((await run('all', '--sets', 'sets.json', '--from', from(), '--out', '.')).code).toBe(0);
    expect((await run('--sets', 'none.json', 'small')).stderr).toMatch(
      /^data cannot be fetched: ENOENT: .*\n$/,
    );
  });
});
