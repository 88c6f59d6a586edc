import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../files/memory_files.js';
import type { ModelFiles } from '../files/model_files.js';
import { openFiles } from '../node/open_files.js';
import { saveFiles } from '../node/save_files.js';
import { Checkpoint } from './checkpoint.js';
import type { SavedTensor } from './dtype.js';
import { writeSafetensors } from './write_safetensors.js';

const f32 = (...values: number[]): SavedTensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const a = f32(1, 2);
const b: SavedTensor = { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) };
const c: SavedTensor = { dtype: 'F32', shape: [0, 3], data: new Float32Array() };
const single = 'model.safetensors';
const index = 'model.safetensors.index.json';
const one = 'model-00001-of-00002.safetensors';
const two = 'model-00002-of-00002.safetensors';

const shards = {
  [one]: writeSafetensors(Object.entries({ a }), { format: 'pt', x: '1' }),
  [two]: writeSafetensors(Object.entries({ b, c }), { format: 'np', y: '2' }),
};
const map = { a: one, b: two, c: two };
const indexOf = (weight_map: unknown) => JSON.stringify({ metadata: { total_size: 16 }, weight_map });
const open = (files: Record<string, string | Uint8Array>, file?: string) =>
  Checkpoint.open(memoryFiles(files, 'model'), { file });

/** Files that count the bytes that are read. */
function counted(files: ModelFiles): { files: ModelFiles; read: () => number } {
  let bytes = 0;
  const range: ModelFiles['range'] = async (path, start, end) => {
    bytes += end - start;
    return files.range(path, start, end);
  };
  return {
    files: { ...files, range, bytes: () => Promise.reject(new Error('all is read')) },
    read: () => bytes,
  };
}

describe('a checkpoint', () => {
  test('is one file', async () => {
    const checkpoint = await open({
      [single]: writeSafetensors(Object.entries({ a, b, c }), { format: 'pt' }),
    });
    expect(checkpoint.name).toBe('model/model.safetensors');
    expect(checkpoint.metadata).toEqual({ format: 'pt' });
    expect(Object.fromEntries(checkpoint.tensors)).toEqual({
      a: { dtype: 'F32', shape: [2], file: single },
      b: { dtype: 'I64', shape: [1], file: single },
      c: { dtype: 'F32', shape: [0, 3], file: single },
    });
    expect(await checkpoint.read('a')).toEqual(a);
    expect(await checkpoint.read('b')).toEqual(b);
    expect(await checkpoint.read('c')).toEqual(c);
  });

  test('is shards with an index', async () => {
    const checkpoint = await open({ ...shards, [index]: indexOf(map) });
    expect(checkpoint.name).toBe('model/model.safetensors.index.json');
    expect(checkpoint.metadata).toEqual({ format: 'pt', x: '1', y: '2' });
    expect([...checkpoint.tensors].map(([name, { file }]) => [name, file])).toEqual(
      expect.arrayContaining(Object.entries(map)),
    );
    expect(await checkpoint.read('a')).toEqual(a);
    expect(await checkpoint.read('b')).toEqual(b);
  });

  test('is a file of another name, or an index in another folder', async () => {
    const named = await open({ 'x.safetensors': shards[one], [single]: shards[two] }, 'x.safetensors');
    expect([...named.tensors.keys()]).toEqual(['a']);
    const inFolder = Object.fromEntries(
      Object.entries(shards).map(([path, bytes]) => [`sub/${path}`, bytes]),
    );
    const checkpoint = await open({ ...inFolder, [`sub/${index}`]: indexOf(map) }, `sub/${index}`);
    expect(checkpoint.tensors.get('a')?.file).toBe(`sub/${one}`);
    expect(await checkpoint.read('a')).toEqual(a);
  });

  test('is read tensor by tensor', async () => {
    const large = { ...f32(...Array(100_000).fill(1)) };
    const bytes = writeSafetensors(Object.entries({ a, large }));
    const { files, read } = counted(memoryFiles({ [single]: bytes }));
    const checkpoint = await Checkpoint.open(files);
    expect(read()).toBe(2 ** 16);
    expect((await checkpoint.read('a')).data).toEqual(a.data);
    expect(read()).toBe(2 ** 16 + 8);
  });

  test('may have a long header', async () => {
    const many = Array.from({ length: 2000 }, (_, i): [string, SavedTensor] => [`layer.${i}.weight`, f32(i)]);
    const checkpoint = await open({ [single]: writeSafetensors(many) });
    expect(checkpoint.tensors.size).toBe(2000);
    expect(await checkpoint.read('layer.1999.weight')).toEqual(f32(1999));
  });

  test('of a directory that is cut short later says so', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'chui-checkpoint-'));
    try {
      const bytes = writeSafetensors(Object.entries({ a, b }));
      await saveFiles(dir, { [single]: bytes });
      const checkpoint = await Checkpoint.open(await openFiles(dir));
      expect(await checkpoint.read('b')).toEqual(b);
      await truncate(join(dir, single), bytes.length - 1);
      await expect(checkpoint.read('a')).rejects.toThrow(
        `${join(dir, single)} has ${bytes.length - 1} bytes, but bytes ${bytes.length - 8} to ${bytes.length} are wanted: is it cut short?`,
      );
      await expect(Checkpoint.open(await openFiles(dir))).rejects.toThrow('within the 15 bytes of data');
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('has no tensor that it does not name', async () => {
    const checkpoint = await open({ [single]: shards[one] });
    for (const name of ['x', 'toString', '__proto__']) {
      await expect(checkpoint.read(name)).rejects.toThrow(`model/model.safetensors has no tensor "${name}"`);
    }
  });
});

describe('weights that are not read', () => {
  test.each([
    ['pytorch_model.bin', 'a pickle, which may execute code when it is loaded'],
    ['pytorch_model.bin.index.json', 'a pickle'],
    ['x.pt', 'a pickle'],
    ['epoch=3.ckpt', 'a pickle'],
    ['tf_model.h5', 'HDF5 of Keras or TensorFlow'],
    ['flax_model.msgpack', 'msgpack of Flax'],
  ])('%s', async (file, format) => {
    const message = `model/${file} is not read, as it is ${format}`;
    await expect(open({ 'config.json': '{}', [file]: 'x' })).rejects.toThrow(message);
    await expect(open({ [file]: 'x' })).rejects.toThrow(
      /: weights must be safetensors, such as model\.safetensors$/,
    );
    await expect(open({ [file]: 'x', [single]: shards[one] }, file)).rejects.toThrow(message);
    expect((await open({ [file]: 'x', [single]: shards[one] })).tensors.size).toBe(1);
  });

  test('where files cannot be listed', async () => {
    const files = { ...memoryFiles({ 'tf_model.h5': 'x' }, 'model'), list: undefined };
    await expect(Checkpoint.open(files)).rejects.toThrow('model/tf_model.h5 is not read');
  });

  test('as there are none', async () => {
    await expect(open({ 'config.json': '{}' })).rejects.toThrow(
      /^model has no weights: there is neither model\.safetensors nor model\.safetensors\.index\.json$/,
    );
    await expect(open({ 'x.safetensors': shards[one] })).rejects.toThrow(
      '; one of another name is to be given, such as "x.safetensors"',
    );
    await expect(open({}, 'x.safetensors')).rejects.toThrow('model has no file x.safetensors');
    await expect(open({}, '../x.safetensors')).rejects.toThrow('stay inside the model');
  });
});

describe('an index that lies is refused', () => {
  const name = `model/${index}`;
  test.each<[string, string | Uint8Array, string]>([
    ['no JSON', '{"weight_map":', `${name} must be JSON, but is not`],
    ['no UTF-8', Uint8Array.of(0xff), `${name}: line 1 is not valid UTF-8`],
    ['null', 'null', `${name}: weight_map must be an object, but is missing`],
    ['no map', '{}', `${name}: weight_map must be an object, but is missing`],
    ['an array', indexOf([one]), 'weight_map must be an object, but is an array'],
    ['an empty map', indexOf({}), 'weight_map must name tensors, but is empty'],
    ['a number', indexOf({ ...map, a: 1 }), 'the shard of "a" must be text, but is a number'],
    ['a missing shard', indexOf({ ...map, d: 'x.safetensors' }), 'its shard "x.safetensors" is missing'],
    [
      'a path outside',
      indexOf({ ...map, d: '../x.safetensors' }),
      'lie in the directory of the index, but is "../x.',
    ],
    [
      'an absolute path',
      indexOf({ ...map, d: '/x.safetensors' }),
      'the shard of "d" must lie in the directory',
    ],
    ['a pickle', indexOf({ ...map, d: 'x.bin' }), 'must be a .safetensors file, but is "x.bin"'],
    ['a tensor elsewhere', indexOf({ ...map, a: two }), `tensor "a" must be in "${two}", but is not`],
    ['a tensor nowhere', indexOf({ ...map, d: one }), `tensor "d" must be in "${one}", but is not`],
    [
      'a tensor too few',
      indexOf({ a: one, b: two }),
      `"${two}" has the tensor "c", which the index does not place there`,
    ],
  ])('%s', async (_, text, message) => {
    await expect(open({ ...shards, [index]: text })).rejects.toThrow(message);
    await expect(open({ ...shards, [index]: text })).rejects.toThrow(
      /^model\/model\.safetensors\.index\.json.*$/,
    );
  });

  test('a shard whose header lies', async () => {
    const cut = { ...shards, [two]: shards[two].subarray(0, -1), [index]: indexOf(map) };
    await expect(open(cut)).rejects.toThrow(`model/${two}: tensor "b": data_offsets must rise and end`);
  });

  test('one that is too long, before it is read', async () => {
    const files = memoryFiles({ [index]: '' }, 'model');
    const long = { ...files, size: async () => 100_000_001, text: () => Promise.reject(new Error('read')) };
    await expect(Checkpoint.open(long)).rejects.toThrow(
      `${name}: an index must have at most 100000000 bytes, but has 100000001`,
    );
  });

  test('a header that claims to be long, before it is read', async () => {
    const claim = Uint8Array.of(0, 0x10, 0, 0, 0, 0, 0, 0);
    const { files, read } = counted(memoryFiles({ [single]: claim }, 'model'));
    await expect(Checkpoint.open(files)).rejects.toThrow(
      "the header's length is 4096, but the file has 8 bytes",
    );
    expect(read()).toBe(8);
  });

  test('anything at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), async (whole, part) => {
        for (const text of [whole, `{"weight_map":${part}}`]) {
          await expect(open({ ...shards, [index]: text })).rejects.toThrow(
            /^model\/model\.safetensors\.index\.json.+$/,
          );
        }
      }),
    );
  });
});
