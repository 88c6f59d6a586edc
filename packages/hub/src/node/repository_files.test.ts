import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Checkpoint } from '../safetensors/checkpoint.js';
import { writeSafetensors } from '../safetensors/write_safetensors.js';
import { FakeHub, gitHash, sha256 } from '../testing/fake_hub.js';
import { openFiles } from './open_files.js';

const first = 'a'.repeat(40);
const second = 'b'.repeat(40);
const weights = writeSafetensors([['w', { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) }]]);
const config = new TextEncoder().encode('{"é":1}');

let hub: FakeHub;
let endpoint: string;
let cacheDir: string;
beforeEach(async () => {
  for (const name of ['HF_ENDPOINT', 'HF_HOME', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN'])
    vi.stubEnv(name, '');
  for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE']) vi.stubEnv(name, '');
  vi.stubEnv('HF_HUB_DISABLE_IMPLICIT_TOKEN', '');
  cacheDir = await mkdtemp(join(tmpdir(), 'chui-cache-'));
  vi.stubEnv('HF_TOKEN_PATH', join(cacheDir, 'token'));
  hub = new FakeHub();
  endpoint = await hub.start();
  hub.add('owner/name', first, {
    'config.json': config,
    'model.safetensors': weights,
    'sub/vocab.txt': 'a\nb',
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(cacheDir, { recursive: true });
});

const open = (options = {}, id = 'owner/name') => openFiles(id, { endpoint, cacheDir, ...options });
const repositoryDir = () => join(cacheDir, 'models--owner--name');
const tree = async (dir = cacheDir) => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dir.length + 1)).sort();
};

describe('files of a repository', () => {
  test('come into a cache like that of huggingface_hub when they are asked for', async () => {
    const files = await open();
    expect(files.name).toBe('owner/name');
    expect(await tree()).toEqual(['models--owner--name/refs/main']);
    expect(await readFile(join(repositoryDir(), 'refs', 'main'), 'utf8')).toBe(first);
    expect(await files.text('config.json')).toBe('{"é":1}');
    expect(await files.bytes('model.safetensors')).toEqual(weights);
    expect(await files.text('sub/vocab.txt')).toBe('a\nb');
    const [small, large, nested] = [
      gitHash(config),
      sha256(weights),
      gitHash(new TextEncoder().encode('a\nb')),
    ];
    expect(await tree(repositoryDir())).toEqual(
      [
        ...[small, large, nested].map((hash) => `blobs/${hash}`),
        'refs/main',
        ...['config.json', 'model.safetensors', 'sub/vocab.txt'].map((path) => `snapshots/${first}/${path}`),
      ].sort(),
    );
    const link = (path: string) => readlink(join(repositoryDir(), 'snapshots', first, path));
    expect(await link('config.json')).toBe(`../../blobs/${small}`);
    expect(await link('sub/vocab.txt')).toBe(`../../../blobs/${nested}`);
  });

  test('are downloaded once, also when they are asked for at once or again', async () => {
    const files = await open();
    hub.take();
    await Promise.all([files.text('config.json'), files.size('config.json'), files.bytes('config.json')]);
    expect(hub.take(' GET /owner')).toHaveLength(1);
    await (await open()).text('config.json');
    expect(hub.take()).toEqual([
      'hub HEAD /owner/name/resolve/main/config.json',
      `hub HEAD /api/resolve-cache/models/owner/name/${first}/config.json`,
    ]);
    await (await open({ revision: first })).text('config.json');
    expect(hub.take()).toEqual([]);
  });

  test('are read in parts from the disk', async () => {
    const files = await open();
    expect(await files.size('model.safetensors')).toBe(weights.length);
    hub.take();
    expect(await files.range('model.safetensors', 8, 20)).toEqual(weights.slice(8, 20));
    const checkpoint = await Checkpoint.open(files);
    expect((await checkpoint.read('w')).data).toEqual(Float32Array.of(1, 2, 3));
    expect(hub.take()).toEqual([]);
  });

  test('are there, or not, without being downloaded', async () => {
    const files = await open();
    hub.take();
    expect(await files.has('model.safetensors')).toBe(true);
    expect(await files.has('vocab.json')).toBe(false);
    await expect(files.text('vocab.json')).rejects.toThrow('owner/name has no file vocab.json');
    expect(hub.take('GET')).toEqual([]);
    await open();
    hub.take();
    expect(await (await open({ revision: first })).has('vocab.json')).toBe(false);
    expect(hub.take()).toEqual([]); // known from .no_exist
  });

  test('are all of the commit that the branch was at first', async () => {
    const files = await open();
    hub.add('owner/name', second, { 'config.json': 'new', 'model.safetensors': weights });
    expect(await files.text('config.json')).toBe('{"é":1}');
    const later = await open();
    expect(await later.text('config.json')).toBe('new');
    await files.bytes('model.safetensors');
    hub.take();
    await later.bytes('model.safetensors'); // the same bytes are not downloaded again
    expect(hub.take('GET')).toEqual([]);
  });

  test('may be of any revision', async () => {
    hub.add('owner/name', second, { 'config.json': 'new' });
    hub.repositories['owner/name']!.refs['refs/pr/1'] = first;
    const files = await open({ revision: 'refs/pr/1' });
    expect(files.name).toBe('owner/name@refs/pr/1');
    expect(await files.text('config.json')).toBe('{"é":1}');
    expect(await readFile(join(repositoryDir(), 'refs', 'refs', 'pr', '1'), 'utf8')).toBe(first);
    await expect(open({ revision: '../../x' })).rejects.toThrow('stay inside');
    await expect(open({ revision: 'v9' })).rejects.toThrow(`owner/name has no revision "v9" at ${endpoint}`);
  });

  test('are found when the repository has another name now, or no owner', async () => {
    hub.renamed['owner/old'] = 'owner/name';
    expect(await (await open({}, 'owner/old')).text('config.json')).toBe('{"é":1}');
    hub.add('bert', second, { 'vocab.txt': 'x' });
    expect(await (await open({}, 'bert')).text('vocab.txt')).toBe('x');
    expect(await tree()).toContain(`models--bert/snapshots/${second}/vocab.txt`);
  });

  test('are asked for with the access token, which goes to the hub alone', async () => {
    vi.stubEnv('HF_TOKEN', 'secret');
    await (await open()).bytes('model.safetensors');
    const requests = hub.take();
    expect(
      requests.filter((line) => line.startsWith('hub')).every((line) => line.endsWith('Bearer secret')),
    ).toBe(true);
    expect(requests.filter((line) => line.startsWith('cdn'))).toEqual([`cdn GET /${sha256(weights)}`]);
    await open({ accessToken: 'other' });
    expect(hub.take()[0]).toMatch(/Bearer other$/);
  });

  test.each(['pytorch_model.bin', 'model.pt', 'modeling.py', 'spiece.model', 'json', 'a.safetensors.exe'])(
    'are data only: %s is refused',
    async (path) => {
      hub.add('owner/name', second, { [path]: 'x' });
      const files = await open();
      await expect(files.bytes(path)).rejects.toThrow(
        `owner/name/${path} is not downloaded: only data are read from a repository: .json, .safetensors, .txt and .jinja`,
      );
      expect(hub.take('GET')).toEqual([]);
    },
  );

  test('that are pickles only say so', async () => {
    hub.add('owner/name', second, { 'config.json': '{}', 'pytorch_model.bin': 'x' });
    await expect(Checkpoint.open(await open())).rejects.toThrow(
      'owner/name/pytorch_model.bin is not read, as it is a pickle, which may execute code',
    );
  });
});

describe('settings of the environment', () => {
  test('say where the hub and the cache are', async () => {
    vi.stubEnv('HF_ENDPOINT', `${endpoint}/`);
    vi.stubEnv('HF_HOME', join(cacheDir, 'home'));
    await openFiles('owner/name');
    vi.stubEnv('HF_HUB_CACHE', join(cacheDir, 'cache'));
    await openFiles('owner/name');
    expect(await tree()).toEqual([
      'cache/models--owner--name/refs/main',
      'home/hub/models--owner--name/refs/main',
    ]);
  });

  test('an endpoint that is no URL is refused', async () => {
    vi.stubEnv('HF_ENDPOINT', 'hub.example');
    await expect(openFiles('owner/name', { cacheDir })).rejects.toThrow(
      'the endpoint of a hub must be an http(s) URL, but is "hub.example"',
    );
  });
});

describe('the access token', () => {
  const tokenOf = async (options = {}) => {
    hub.take();
    await open(options);
    return /Bearer (.*)$/.exec(hub.take()[0]!)?.[1];
  };

  test('is that of the option, the variable, the file that is named, or the one in the home', async () => {
    await mkdir(join(cacheDir, 'home'));
    await writeFile(join(cacheDir, 'home', 'token'), 'of-home\n');
    await writeFile(join(cacheDir, 'token'), '  of-file\r\n');
    vi.stubEnv('HF_HOME', join(cacheDir, 'home'));
    vi.stubEnv('HF_TOKEN', ' of-variable ');
    expect(await tokenOf({ accessToken: 'of-option' })).toBe('of-option');
    expect(await tokenOf()).toBe('of-variable');
    vi.stubEnv('HF_TOKEN', '');
    expect(await tokenOf()).toBe('of-file');
    vi.stubEnv('HF_TOKEN_PATH', '');
    expect(await tokenOf()).toBe('of-home');
    await writeFile(join(cacheDir, 'home', 'token'), '\n');
    expect(await tokenOf()).toBe(undefined);
    await rm(join(cacheDir, 'home', 'token'));
    expect(await tokenOf()).toBe(undefined);
  });

  test('is sent only when it is given, if the environment says so', async () => {
    await writeFile(join(cacheDir, 'token'), 'of-file');
    vi.stubEnv('HF_HUB_DISABLE_IMPLICIT_TOKEN', '1');
    vi.stubEnv('HF_TOKEN', 'of-variable');
    expect(await tokenOf()).toBe(undefined);
    expect(await tokenOf({ accessToken: 'of-option' })).toBe('of-option');
  });

  test('that is none is refused, and not shown', async () => {
    await writeFile(join(cacheDir, 'token'), 'sec\nret');
    const file = join(cacheDir, 'token');
    const rule = 'must be printable ASCII without spaces, but is not';
    await expect(open()).rejects.toThrow(new Error(`the access token of ${file} ${rule}`));
    await expect(open({ accessToken: 'sécret' })).rejects.toThrow(
      new Error(`the access token of accessToken ${rule}`),
    );
    vi.stubEnv('HF_TOKEN_PATH', cacheDir);
    await expect(open()).rejects.toThrow(
      `the access token in ${cacheDir} cannot be read: it is a directory (EISDIR)`,
    );
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await expect(open()).rejects.toThrow('owner/name has no revision main in the cache'); // nobody is asked
  });
});

describe('without downloads', () => {
  test.each([
    ['localFilesOnly', { localFilesOnly: true }, ''],
    ['HF_HUB_OFFLINE', {}, '1'],
  ])('only the cache is used: %s', async (_, options, variable) => {
    const online = await open();
    await online.text('config.json');
    hub.take();
    vi.stubEnv('HF_HUB_OFFLINE', variable);
    const files = await open(options);
    expect(await files.text('config.json')).toBe('{"é":1}');
    expect(await files.has('model.safetensors')).toBe(false);
    await expect(files.bytes('model.safetensors')).rejects.toThrow(
      `owner/name has no file model.safetensors in the cache, ${repositoryDir()}, and nothing may be downloaded: localFilesOnly or HF_HUB_OFFLINE is set`,
    );
    await expect(open(options, 'owner/other')).rejects.toThrow(
      /owner\/other has no revision main in the cache, .*--other, and/,
    );
    expect(hub.take()).toEqual([]);
  });

  test('a cache that Python has made is read', async () => {
    const snapshot = join(repositoryDir(), 'snapshots', second);
    await mkdir(snapshot, { recursive: true });
    await mkdir(join(repositoryDir(), 'refs'));
    await writeFile(join(repositoryDir(), 'refs', 'main'), second);
    await writeFile(join(snapshot, 'config.json'), '{}'); // a file, as where there are no links
    expect(await (await open({ localFilesOnly: true })).text('config.json')).toBe('{}');
  });

  test('when the hub cannot be asked, a branch is what it was', async () => {
    await (await open()).text('config.json');
    hub.faults.push((_, response) => !!response.writeHead(503).end());
    expect(await (await open()).text('config.json')).toBe('{"é":1}');
    await hub.stop();
    expect(await (await open()).text('config.json')).toBe('{"é":1}');
    await expect(open({}, 'owner/other')).rejects.toThrow(
      `${endpoint}/owner/other/resolve/main/config.json cannot be reached: `,
    );
  });
});

describe('a repository that may not be read', () => {
  const refuse = (status: number, code?: string, message?: string) => {
    hub.repositories['owner/name']!.refused = { status, code, message };
    return open();
  };

  test('or does not exist', async () => {
    await expect(open({}, 'owner/nothing')).rejects.toThrow(
      `there is no repository owner/nothing at ${endpoint}, or it is private: if so, give an access token, as accessToken, in HF_TOKEN or by \`hf auth login\``,
    );
  });

  test.each([401, 403])('is gated: %i', async (status) => {
    await expect(refuse(status, 'GatedRepo')).rejects.toThrow(
      `owner/name is gated: accept its terms at ${endpoint}/owner/name, and give an access token`,
    );
  });

  test('for other reasons', async () => {
    await expect(refuse(403, 'Odd', 'no, no')).rejects.toThrow(
      `owner/name may not be read: give an access token, as accessToken, in HF_TOKEN or by \`hf auth login\`: HTTP status 403, "no, no" of ${endpoint}`,
    );
    await expect(refuse(403, 'DisabledRepo')).rejects.toThrow('owner/name is disabled');
    await expect(refuse(418)).rejects.toThrow(`owner/name cannot be read: HTTP status 418 of ${endpoint}`);
    await expect(refuse(404)).rejects.toThrow('there is no repository owner/name');
    hub.repositories['owner/name']!.refused = { status: 401 };
    await expect(open({ accessToken: 'x' })).rejects.toThrow(/give an access token that may read it$/);
  });

  test('since the server is no hub', async () => {
    hub.faults.push((_, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
    await expect(open()).rejects.toThrow(
      "config.json: the server must tell a file's hash and size, as a hub does",
    );
    const headers = { etag: `"${gitHash(config)}"`, 'content-length': config.length };
    hub.faults.push((_, response) => !!response.writeHead(200, headers).end());
    await expect(open()).rejects.toThrow('config.json: the server must tell the commit, as a hub does');
    const endless = (_: unknown, response: import('node:http').ServerResponse) =>
      !!response.writeHead(302, { location: '/' }).end();
    hub.faults.push(...Array(10).fill(endless));
    await expect(open()).rejects.toThrow('redirects more than 10 times');
  });

  test.each(['a/b/c', '-a/b', 'a--b/c', 'a/..b', 'x.git', 'a b', 'a/'])('%j is no id', async (id) => {
    await expect(open({}, id)).rejects.toThrow(`owner/name, but is ${JSON.stringify(id)}`);
  });
});
