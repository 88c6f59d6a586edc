import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { posix, win32 } from 'node:path';
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

  test('refuses what is missing, is not UTF-8, or lies outside', async () => {
    await expect(files.text('toString')).rejects.toThrow('model has no file toString');
    await expect(files.text('bad')).rejects.toThrow('model/bad: line 1 is not valid UTF-8');
    await expect(files.has('../a/b')).rejects.toThrow('stay inside');
    expect(() => memoryFiles({ '../x': '' })).toThrow('stay inside');
  });
});

describe('URLs', () => {
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
    } else response.writeHead(404).end();
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

  test('in a browser are paths relative to the page', async () => {
    vi.stubGlobal('location', { href: `${base.replace('/model', '')}/app/index.html` });
    expect(await (await openFiles('../model/')).has('config.json')).toBe(true);
    expect(await (await openFiles('/model')).has('config.json')).toBe(true);
    vi.unstubAllGlobals();
  });

  test('without a page, paths and repositories are refused', async () => {
    await expect(openFiles('./model')).rejects.toThrow(
      'directories can be opened in Node only, but the model is ./model',
    );
    await expect(openFiles('user/model')).rejects.toThrow('"user/model" would be the id of a repository');
    await expect(saveFiles('./model', {})).rejects.toThrow('files can be saved in Node only');
  });
});
