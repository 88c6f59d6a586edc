import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { posix, win32 } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { memoryFiles } from './memory_files.js';
import { pathParts } from './model_files.js';
import { openFiles } from './open_files.js';
import { saveFiles } from './save_files.js';
import { decodeUtf8 } from './utf8.js';

describe('pathParts', () => {
  test('takes paths inside a model', () => {
    expect(pathParts('config.json')).toEqual(['config.json']);
    expect(pathParts('1_Pooling/config..json')).toEqual(['1_Pooling', 'config..json']);
  });

  test.each(['', '..', '../a', 'a/../../b', '/etc/passwd', 'a//b', 'a/', './a', 'a\\..\\b', 'C:/a', 'a\0'])(
    'refuses %j',
    (path) => {
      expect(() => pathParts(path)).toThrow(
        `must be relative and stay inside the model, but is ${JSON.stringify(path)}`,
      );
    },
  );

  test('never lets a path out', () => {
    const paths = fc
      .array(fc.constantFrom('a', '.', '..', '/', '\\', ' ', '%2e', 'C:'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(paths, (path) => {
        try {
          pathParts(path);
        } catch {
          return;
        }
        expect(posix.join('/model', path)).toBe(`/model/${path}`);
        expect(win32.join('C:\\model', path)).toMatch(/^C:\\model\\./);
      }),
    );
  });
});

describe('decodeUtf8', () => {
  test('decodes text and drops a byte order mark', () => {
    expect(decodeUtf8(new TextEncoder().encode('\ufeffdé日😀'), 'file')).toBe('dé日😀');
  });

  test('names the line that is not UTF-8', () => {
    const bytes = (...parts: (string | number)[]) =>
      Uint8Array.from(
        parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])),
      );
    expect(() => decodeUtf8(bytes('a\nb', 0xff, '\nc'), 'file')).toThrow('file: line 2 is not valid UTF-8');
    expect(() => decodeUtf8(bytes('日\n', 0xe6, 0x97), 'file')).toThrow('file: line 2 is not valid UTF-8');
    expect(() => decodeUtf8(bytes(0xed, 0xa0, 0x80), 'file')).toThrow('file: line 1 is not valid UTF-8');
  });
});

describe('memoryFiles', () => {
  const files = memoryFiles(
    { 'config.json': '{"é":1}', 'a/b': Uint8Array.of(104, 105), bad: Uint8Array.of(255) },
    'model',
  );

  test('gives text and bytes', async () => {
    expect(await files.has('a/b')).toBe(true);
    expect(await files.has('b')).toBe(false);
    expect(await files.text('a/b')).toBe('hi');
    expect(await files.bytes('config.json')).toEqual(new TextEncoder().encode('{"é":1}'));
  });

  test('gives sizes and parts, and lists what lies at the top', async () => {
    expect(await files.size('config.json')).toBe(8);
    expect(await files.range('config.json', 2, 4)).toEqual(new TextEncoder().encode('é'));
    expect(await files.range('a/b', 0, 2)).toEqual(Uint8Array.of(104, 105));
    expect(await files.range('a/b', 2, 2)).toEqual(new Uint8Array());
    expect(await files.list?.()).toEqual(['config.json', 'bad']);
    await expect(files.size('b')).rejects.toThrow('model has no file b');
    await expect(files.range('a/b', 1, 3)).rejects.toThrow(
      'model/a/b has 2 bytes, but bytes 1 to 3 are wanted: is it cut short?',
    );
    for (const [start, end] of [
      [-1, 1],
      [2, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await expect(files.range('a/b', start, end)).rejects.toThrow(
        `model/a/b: a range must be of integers 0 ≤ start ≤ end, but is ${start} to ${end}`,
      );
    }
  });

  test('refuses what is missing, is not UTF-8, or lies outside', async () => {
    await expect(files.text('toString')).rejects.toThrow('model has no file toString');
    await expect(files.text('bad')).rejects.toThrow('model/bad: line 1 is not valid UTF-8');
    await expect(files.has('../a/b')).rejects.toThrow('stay inside');
    expect(() => memoryFiles({ '../x': '' })).toThrow('stay inside');
  });
});

describe('URLs', () => {
  const ten = Uint8Array.from({ length: 10 }, (_, i) => i + 65);
  let server: Server;
  let base: string;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(request.url!, 'http://host');
    if (pathname === '/model/config.json') response.end(`{"query":"${search}"}`);
    else if (pathname === '/model/a%20b') response.end('spaced');
    else if (pathname === '/model/post') response.writeHead(request.method === 'HEAD' ? 405 : 200).end('got');
    else if (pathname === '/model/private') response.writeHead(403).end();
    else if (pathname === '/model/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
    else if (pathname === '/model/cut') {
      response.writeHead(200, { 'content-length': '10' }).write('cut');
      setTimeout(() => response.destroy(), 50);
    } else if (pathname.startsWith('/model/parts/')) sendParts(pathname.slice(13), request, response);
    else if (pathname.startsWith('/user/model/resolve/')) {
      const { authorization } = request.headers;
      response.end(`${request.method} ${request.url} ${authorization}`);
    } else response.writeHead(404).end();
  };
  /** Ten bytes from servers that know ranges, do not, compress, or do ranges wrong. */
  const sendParts = (kind: string, { headers }: IncomingMessage, response: ServerResponse) => {
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const part = ten.subarray(Number(start ?? 0), end ? Number(end) + 1 : 10);
    const range = { 'content-range': `bytes ${start}-${Number(start) + part.length - 1}/10` };
    if (kind === 'none') response.writeHead(200, { 'content-length': 10 }).end(ten);
    else if (kind === 'chunked') response.writeHead(200).write(ten, () => response.end());
    else if (kind === 'gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(ten));
    else if (kind === 'empty') response.writeHead(start ? 416 : 200, { 'content-range': 'bytes */0' }).end();
    else if (Number(start) >= 10) response.writeHead(416, { 'content-range': 'bytes */10' }).end();
    else if (kind === 'hidden') response.writeHead(206, { 'content-length': part.length }).end(part);
    else if (kind === 'wrong') response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end(ten);
    else if (kind === 'short') response.writeHead(206, range).end(part.subarray(1));
    else response.writeHead(206, range).end(part);
  };

  beforeAll(async () => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`;
  });
  afterAll(() => server.close());

  test.each(['', '/', '/#top'])('are read as directories: model%s', async (ending) => {
    const files = await openFiles(base + ending);
    expect(await files.has('config.json')).toBe(true);
    expect(await files.text('config.json')).toBe('{"query":""}');
    expect(await files.text('a b')).toBe('spaced');
  });

  test('keep their query', async () => {
    expect(await (await openFiles(`${base}?key=1`)).text('config.json')).toBe('{"query":"?key=1"}');
  });

  test('lack what the server has not, or shows its page for', async () => {
    const files = await openFiles(base);
    expect(await files.has('nothing')).toBe(false);
    expect(await files.has('page')).toBe(false);
    expect(await files.has('post')).toBe(true);
    await expect(files.bytes('nothing')).rejects.toThrow(`${base} has no file nothing`);
    await expect(files.bytes('page')).rejects.toThrow(`${base} has no file page`);
  });

  test('say why they cannot be read', async () => {
    const files = await openFiles(base);
    await expect(files.has('private')).rejects.toThrow(`${base}/private cannot be read: HTTP status 403`);
    await expect(files.bytes('cut')).rejects.toThrow(/\/cut broke off: ./);
    const nowhere = await openFiles('http://127.0.0.1:1/model');
    await expect(nowhere.bytes('a')).rejects.toThrow(/^http:\/\/127.0.0.1:1\/model\/a cannot be reached: ./);
  });

  test.each(['good', 'none', 'chunked', 'gzip', 'hidden'])(
    'have sizes and parts: ranges %s',
    async (kind) => {
      const files = await openFiles(`${base}/parts`);
      expect(await files.size(kind)).toBe(10);
      for (const [start, end] of [
        [0, 10],
        [0, 1],
        [3, 7],
        [9, 10],
        [4, 4],
      ] as const) {
        expect(await files.range(kind, start, end)).toEqual(ten.slice(start, end));
      }
      await expect(files.range(kind, 5, 11)).rejects.toThrow(
        /parts\/\w+(:| has 10 bytes, but) bytes 5 to 11 are wanted/,
      );
      await expect(files.range(kind, 11, 11)).rejects.toThrow('has 10 bytes, but bytes 11 to 11 are wanted');
      await expect(files.range(kind, 2, 1)).rejects.toThrow('a range must be of integers');
    },
  );

  test('have parts that are not what the server makes of them', async () => {
    const files = await openFiles(`${base}/parts`);
    expect(await files.size('empty')).toBe(0);
    expect(await files.range('empty', 0, 0)).toEqual(new Uint8Array());
    await expect(files.range('empty', 0, 1)).rejects.toThrow(
      'parts/empty ends before byte 1: is it cut short?',
    );
    await expect(files.range('good', 10, 12)).rejects.toThrow('parts/good ends before byte 12');
    await expect(files.range('wrong', 3, 7)).rejects.toThrow(
      'parts/wrong: bytes 3 to 7 are wanted, but the server sends bytes 0-9/10',
    );
    await expect(files.range('short', 3, 7)).rejects.toThrow(
      'parts/short has 6 bytes, but bytes 3 to 7 are wanted',
    );
    const others = await openFiles(base);
    await expect(others.size('nothing')).rejects.toThrow(`${base} has no file nothing`);
    await expect(others.range('page', 0, 1)).rejects.toThrow(`${base} has no file page`);
    await expect(others.range('private', 0, 1)).rejects.toThrow('private cannot be read: HTTP status 403');
    await expect(others.range('cut', 0, 5)).rejects.toThrow(/\/cut broke off: ./);
    expect(await others.range('cut', 0, 3)).toEqual(new TextEncoder().encode('cut')); // what follows is not waited for
  });

  test('of a hub are asked for with the revision and the access token', async () => {
    const endpoint = `${base.replace('/model', '')}/`;
    const files = await openFiles('user/model', { endpoint, revision: 'refs/pr/1', accessToken: 'secret' });
    expect(await files.text('sub/config.json')).toBe(
      'GET /user/model/resolve/refs%2Fpr%2F1/sub/config.json Bearer secret',
    );
    expect(await (await openFiles('user/model', { endpoint })).text('a.txt')).toBe(
      'GET /user/model/resolve/main/a.txt undefined',
    );
    expect(await files.has('pytorch_model.bin')).toBe(true);
    await expect(files.bytes('pytorch_model.bin')).rejects.toThrow(
      'user/model/pytorch_model.bin is not downloaded: only data are read from a repository',
    );
    expect((await openFiles('bert')).name).toBe('https://huggingface.co/bert/resolve/main');
  });

  test('are no longer asked for after a signal', async () => {
    const files = await openFiles('user/model', {
      endpoint: base,
      signal: AbortSignal.abort(new Error('enough')),
    });
    await expect(files.text('config.json')).rejects.toThrow('enough');
  });

  test('in a browser are paths relative to the page', async () => {
    vi.stubGlobal('location', { href: `${base.replace('/model', '')}/app/index.html` });
    expect(await (await openFiles('../model/')).has('config.json')).toBe(true);
    expect(await (await openFiles('/model')).has('config.json')).toBe(true);
    vi.unstubAllGlobals();
  });

  test('without a page paths are refused, and what is no id always', async () => {
    await expect(openFiles('./model')).rejects.toThrow(
      'directories can be opened in Node only, but the model is ./model',
    );
    await expect(openFiles('user/model/x')).rejects.toThrow(
      'a model must be a directory that exists, such as ./model, a URL, or the id of a repository, owner/name, but is "user/model/x"',
    );
    await expect(saveFiles('./model', {})).rejects.toThrow('files can be saved in Node only');
  });
});
