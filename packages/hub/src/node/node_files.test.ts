import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openFiles } from './open_files.js';
import { saveFiles } from './save_files.js';

/** Faults to put into the file system: what fails, by the end of the file's name. */
const faults = vi.hoisted(() => ({
  write: '',
  rename: '',
  /** How many renames fail. */
  renames: 0,
  /** What was renamed, under its new names without what is drawn for them. */
  renamed: [] as string[],
  onRename: undefined as (() => Promise<void>) | undefined,
}));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const fail = (code: string) => Promise.reject(Object.assign(new Error(`${code}: made up`), { code }));
  return {
    ...fs,
    open: async (path: string, flags: string) => {
      const handle = await fs.open(path, flags);
      if (faults.write && path.includes(faults.write)) handle.sync = () => fail('ENOSPC');
      return handle;
    },
    rename: async (from: string, to: string) => {
      await faults.onRename?.();
      faults.renamed.push(to.slice(to.lastIndexOf('/') + 1).replace(/\.\d+-[0-9a-f]{8}\./, '.'));
      if (faults.rename && to.endsWith(faults.rename) && faults.renames-- > 0) return fail('EACCES');
      return fs.rename(from, to);
    },
  };
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chui-hub-'));
});
afterEach(async () => {
  Object.assign(faults, { write: '', rename: '', renames: 0, renamed: [], onRename: undefined });
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

describe('openFiles', () => {
  beforeEach(async () => {
    await mkdir(join(dir, 'model'));
    await writeFile(join(dir, 'model', 'config.json'), '{}');
  });

  test('opens a directory by path, file URL, home, or bare name', async () => {
    vi.stubEnv('HOME', dir);
    const here = process.cwd();
    process.chdir(dir);
    try {
      const path = join(dir, 'model');
      for (const name of [path, pathToFileURL(path).href, '~/model', './model', 'model', `${path}/`]) {
        const files = await openFiles(name);
        expect(await files.has('config.json')).toBe(true);
        expect(await files.text('config.json')).toBe('{}');
        expect(await files.bytes('config.json')).toEqual(Uint8Array.of(0x7b, 0x7d));
      }
    } finally {
      process.chdir(here);
    }
  });

  test('says what is wrong with a directory', async () => {
    const missing = join(dir, 'nothing');
    await expect(openFiles(missing)).rejects.toThrow(
      `the model's directory ${missing} cannot be opened: no such file or directory (ENOENT)`,
    );
    const file = join(dir, 'model', 'config.json');
    await expect(openFiles(file)).rejects.toThrow(`${file} cannot be opened: it is not a directory`);
    await expect(openFiles('nobody/has/this')).rejects.toThrow(
      'a model must be a directory that exists, such as ./model, a URL, or the id of a repository, owner/name, but is "nobody/has/this"',
    );
  });

  test('says what is wrong with a file', async () => {
    const files = await openFiles(join(dir, 'model'));
    expect(await files.has('config.json/x')).toBe(false);
    await expect(files.bytes('x')).rejects.toThrow(
      `${join(dir, 'model', 'x')} cannot be read: no such file or directory (ENOENT)`,
    );
    await expect((await openFiles(dir)).bytes('model')).rejects.toThrow(
      'cannot be read: it is a directory (EISDIR)',
    );
    await expect(files.bytes('../model/config.json')).rejects.toThrow('stay inside the model');
  });

  test('gives sizes and parts of files, and lists them', async () => {
    const files = await openFiles(dir);
    await writeFile(join(dir, 'ten'), '0123456789');
    expect(await files.size('ten')).toBe(10);
    expect(new TextDecoder().decode(await files.range('ten', 3, 7))).toBe('3456');
    expect(await files.range('ten', 10, 10)).toEqual(new Uint8Array());
    expect(await files.list?.()).toEqual(['ten']);
    const ten = join(dir, 'ten');
    await expect(files.range('ten', 3, 11)).rejects.toThrow(
      `${ten} has 10 bytes, but bytes 3 to 11 are wanted: is it cut short?`,
    );
    await expect(files.range('ten', 0, 2 ** 52)).rejects.toThrow(`${ten} has 10 bytes`); // nothing is allocated
    await expect(files.range('ten', 3, 2)).rejects.toThrow(`${ten}: a range must be of integers`);
    await expect(files.size('x')).rejects.toThrow(
      `${join(dir, 'x')} cannot be read: no such file or directory (ENOENT)`,
    );
    await expect(files.range('model', 0, 1)).rejects.toThrow(
      'model cannot be read: it is a directory (EISDIR)',
    );
  });

  test('follows links, as caches have them', async () => {
    await writeFile(join(dir, 'blob'), 'linked');
    await symlink(join(dir, 'blob'), join(dir, 'model', 'link'));
    expect(await (await openFiles(join(dir, 'model'))).text('link')).toBe('linked');
  });
});

describe('saveFiles', () => {
  const all = async () => {
    const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    const paths = names.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    return Object.fromEntries(
      await Promise.all(
        paths.map(async (path) => [path.slice(dir.length + 1), await readFile(path, 'utf8')]),
      ),
    );
  };

  test('makes directories and replaces files', async () => {
    const model = join(dir, 'new', 'model');
    await saveFiles(model, { 'config.json': 'old', 'onnx/model.bin': Uint8Array.of(104, 105) });
    await saveFiles(model, { 'config.json': 'new' });
    expect(await all()).toEqual({ 'new/model/config.json': 'new', 'new/model/onnx/model.bin': 'hi' });
  });

  test.each(['config.json', 'model.safetensors'])(
    'leaves everything as it was when the disk is full at %s',
    async (name) => {
      await saveFiles(dir, { 'config.json': 'old', 'model.safetensors': 'old' });
      faults.write = name;
      await expect(saveFiles(dir, { 'config.json': 'new', 'model.safetensors': 'new' })).rejects.toThrow(
        `${join(dir, name)} cannot be saved: no space left on the device (ENOSPC)`,
      );
      expect(await all()).toEqual({ 'config.json': 'old', 'model.safetensors': 'old' });
    },
  );

  test.each(['config.json', 'vocab.txt', 'model.safetensors', '.old'])(
    'leaves everything as it was when %s cannot be put in place',
    async (name) => {
      const before = { 'config.json': 'old', 'model.safetensors': 'old', 'vocab.txt': 'old' };
      await saveFiles(dir, before);
      Object.assign(faults, { rename: name, renames: 1 });
      const after = { 'config.json': 'new', 'vocab.txt': 'new', 'model.safetensors': 'new' };
      await expect(saveFiles(dir, after)).rejects.toThrow('cannot be saved: permission denied (EACCES)');
      expect(await all()).toEqual(before);
      await saveFiles(dir, after);
      expect(await all()).toEqual(after);
    },
  );

  test('puts config.json in its place last, and takes the old one away first', async () => {
    await saveFiles(dir, { 'config.json': 'old', 'model.safetensors': 'old', 'vocab.txt': 'same' });
    const inode = (await stat(join(dir, 'vocab.txt'))).ino;
    faults.renamed = [];
    await saveFiles(dir, { 'config.json': 'new', 'model.safetensors': 'new', 'vocab.txt': 'same' });
    expect(faults.renamed).toEqual([
      '.config.json.old',
      '.model.safetensors.old',
      'model.safetensors',
      'config.json',
    ]);
    expect((await stat(join(dir, 'vocab.txt'))).ino).toBe(inode);
    faults.renamed = [];
    await saveFiles(dir, { 'config.json': 'new', 'model.safetensors': 'newer', 'vocab.txt': 'same' });
    expect(faults.renamed).toEqual(['model.safetensors']); // one file alone needs no more
  });

  test('finds out before it writes that a directory has the name', async () => {
    await mkdir(join(dir, 'config.json'));
    await expect(saveFiles(dir, { 'config.json': '{}', 'vocab.txt': 'x' })).rejects.toThrow(
      `${join(dir, 'config.json')} cannot be saved: it is a directory`,
    );
    expect(await all()).toEqual({});
  });

  test('says which directory cannot be made', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(saveFiles(join(dir, 'file', 'model'), { a: '' })).rejects.toThrow(
      /file\/model cannot be saved: .*\(ENOTDIR\)/,
    );
    await expect(saveFiles(dir, { '../a': '' })).rejects.toThrow('stay inside the model');
  });

  describe('replaces a checkpoint', () => {
    const whole = { 'config.json': 'w', 'model.safetensors': 'whole' };
    const sharded = (count: number) => ({
      'config.json': `${count}`,
      'model.safetensors.index.json': `of ${count}`,
      ...Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `model-0000${i + 1}-of-0000${count}.safetensors`,
          `${i}/${count}`,
        ]),
      ),
    });
    const forms = { whole, 'two shards': sharded(2), 'three shards': sharded(3) };
    const pairs = Object.keys(forms).flatMap((from) => Object.keys(forms).map((to) => [from, to] as const));
    type Form = keyof typeof forms;

    test.each(pairs)('%s by %s, and nothing of the old one stays', async (from, to) => {
      const other = { 'vocab.txt': 'a', 'adapter_model.safetensors': 'b' };
      await saveFiles(dir, { ...forms[from as Form], ...other });
      await saveFiles(dir, forms[to as Form]);
      expect(await all()).toEqual({ ...forms[to as Form], ...other });
    });

    /** What a reader takes for the model, if there is one. */
    const readable = (files: Record<string, string>) => {
      const {
        'config.json': config,
        'model.safetensors': single,
        'model.safetensors.index.json': index,
      } = files;
      if (config === undefined) return 'none';
      if (single !== undefined) return [config, single].join();
      if (index === undefined) return 'none';
      return [
        config,
        index,
        ...Object.keys(files).flatMap((name) => (name.startsWith('model-') ? files[name] : [])),
      ].join();
    };

    test.each(
      pairs.flatMap(([from, to]) => [
        [from, to, 'another'],
        [from, to, 'the same'],
      ]),
    )(
      '%s by %s with %s configuration: wherever it stops there is the old model, the new one or none',
      async (from, to, config) => {
        const old = { ...forms[from as Form], 'vocab.txt': 'a' };
        const wanted: Record<string, string> = { ...forms[to as Form], 'vocab.txt': 'a' };
        for (const name of Object.keys(wanted)) if (name.startsWith('model')) wanted[name] += ' new';
        wanted['config.json'] = config === 'the same' ? old['config.json'] : 'new';
        await saveFiles(dir, old);
        const seen: string[] = [];
        faults.onRename = async () => void seen.push(readable(await all()));
        await saveFiles(dir, wanted);
        expect(seen.length).toBeGreaterThan(0);
        for (const moment of seen) expect([readable(old), readable(wanted), 'none']).toContain(moment);
        expect(await all()).toEqual(wanted);
      },
    );
  });
});
