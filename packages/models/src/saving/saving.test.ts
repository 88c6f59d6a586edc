import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checkpoint, memoryFiles, readSafetensors, toBfloat16, toFloat16, toFloat32 } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { AutoModelForSequenceClassification } from '../auto/auto_models.js';
import { BertForSequenceClassification, BertModel } from '../bert/bert.js';
import { openCheckpoint, type SaveOptions } from '../checkpoint.js';
import type { Model } from '../model.js';
import { RnnSeq2Seq } from '../rnn_seq2seq/rnn_seq2seq.js';
import { dequantized, quantizeInt8 } from './int8.js';
import { bytesOf, shardFiles } from './shards.js';

const sizes = {
  vocabSize: 30,
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 16,
  maxPositionEmbeddings: 12,
};
const bert = () => BertForSequenceClassification.fromConfig(sizes, { seed: 1 });
const rnn = () =>
  RnnSeq2Seq.fromConfig({ vocabSize: 9, decoderVocabSize: 7, embeddingSize: 8, hiddenSize: 6 }, { seed: 1 });

const valuesOf = (model: Model) =>
  new Map(model.namedParameters().map(([name, variable]) => [name, variable.dataSync() as Float32Array]));

/** Saves to files in memory and loads them again. */
async function reload<M extends Model>(model: M, options: SaveOptions): Promise<M> {
  const files = memoryFiles(await model.toFiles(options));
  const made = new (model.constructor as new (config: unknown) => M)(model.config);
  await made.loadParameters(await openCheckpoint(files));
  return made;
}

beforeAll(async () => {
  await useBackend('cpu');
});

describe('a checkpoint in another number type', () => {
  const rounded: Record<string, (values: Float32Array) => Float32Array> = {
    float32: (values) => values,
    float16: (values) => toFloat32({ dtype: 'F16', data: toFloat16(values) as Uint16Array<ArrayBuffer> }),
    bfloat16: (values) => toFloat32({ dtype: 'BF16', data: toBfloat16(values) as Uint16Array<ArrayBuffer> }),
  };

  describe.each(['float32', 'float16', 'bfloat16'] as const)('%s', (dtype) => {
    test.each([
      ['BERT', bert],
      ['RnnSeq2Seq', rnn],
    ] as const)('is the weights of %s, rounded, bit for bit', async (_name, make) => {
      const model = make() as unknown as Model;
      const again = valuesOf(await reload(model, { dtype }));
      for (const [name, values] of valuesOf(model)) {
        expect(again.get(name), name).toEqual(rounded[dtype]!(values));
      }
    });
  });

  test('a saved file that is read and saved again is the same file', async () => {
    for (const dtype of ['float32', 'float16', 'bfloat16', 'int8'] as const) {
      const files = await bert().toFiles({ dtype });
      const made = await reload(bert(), { dtype });
      expect((await made.toFiles({ dtype }))['model.safetensors'], dtype).toEqual(files['model.safetensors']);
    }
  });

  test.each([
    ['BERT', bert],
    ['RnnSeq2Seq', rnn],
  ] as const)('int8 is half a scale off at most in %s', async (_name, make) => {
    const model = make() as unknown as Model;
    const files = await model.toFiles({ dtype: 'int8' });
    const { tensors, metadata } = readSafetensors(files['model.safetensors'] as Uint8Array);
    expect(metadata.format).toBe('chui-int8');
    const plain = readSafetensors((await model.toFiles())['model.safetensors'] as Uint8Array).tensors;
    const read = dequantized(await Checkpoint.open(memoryFiles(files)));
    let matrices = 0;
    for (const [name, { shape, data }] of plain) {
      const again = toFloat32(await read.read(name));
      const scale = tensors.get(`${name}.scale`);
      if (shape.length !== 2) {
        expect(again).toEqual(data);
        continue;
      }
      matrices++;
      const columns = shape[1]!;
      const [rowScales, columnScales] = scale!.shape as [number, number];
      (data as Float32Array).forEach((value, i) => {
        const own = (scale!.data as Float32Array)[
          columnScales === 1 ? Math.floor(i / columns) % rowScales : i % columns
        ]!;
        expect(Math.abs(again[i]! - value)).toBeLessThanOrEqual((own / 2) * (1 + 1e-5));
      });
    }
    expect(matrices).toBeGreaterThan(5);
  });

  test('int8 has a scale for each output channel, and for each row of a table', async () => {
    const { tensors } = readSafetensors(
      (await bert().toFiles({ dtype: 'int8' }))['model.safetensors'] as Uint8Array,
    );
    expect(tensors.get('bert.embeddings.word_embeddings.weight.scale')!.shape).toEqual([30, 1]);
    expect(tensors.get('bert.encoder.layer.0.intermediate.dense.weight.scale')!.shape).toEqual([16, 1]);
    const own = readSafetensors((await rnn().toFiles({ dtype: 'int8' }))['model.safetensors'] as Uint8Array);
    const kernel = [...own.tensors].find(([name]) => name.endsWith('kernel.int8'))!;
    expect(own.tensors.get(kernel[0].replace(/int8$/, 'scale'))!.shape).toEqual([1, kernel[1].shape[1]]);
  });

  test('a model that is loaded from int8 knows what it lacks', async () => {
    const files = await bert().toFiles({ dtype: 'int8' });
    const { metadata, tensors } = readSafetensors(files['model.safetensors'] as Uint8Array);
    const without = [...tensors].filter(([name]) => name !== 'classifier.weight.int8');
    const lacking = { ...files, ...shardFiles(without, metadata, 1e9) };
    await expect(AutoModelForSequenceClassification.fromFiles(memoryFiles(lacking, 'here'))).rejects.toThrow(
      /here\/model.safetensors (must hold|holds) the tensor classifier.weight/,
    );
  });
});

describe('config.json', () => {
  const dtypesOf = async (otherKeys: Record<string, unknown>, dtype: SaveOptions['dtype']) => {
    const files = { ...(await BertModel.fromConfig({ ...sizes, otherKeys }).toFiles({ dtype })) };
    const { dtype: now, torch_dtype: old } = JSON.parse(files['config.json'] as string);
    return [now, old];
  };

  it('names the type of the weights under the key that it had', async () => {
    expect(await dtypesOf({}, 'float32')).toEqual([undefined, undefined]);
    expect(await dtypesOf({}, 'float16')).toEqual(['float16', undefined]);
    expect(await dtypesOf({ torch_dtype: 'float32' }, 'bfloat16')).toEqual([undefined, 'bfloat16']);
    expect(await dtypesOf({ dtype: 'float16' }, 'float32')).toEqual(['float32', undefined]);
    expect(await dtypesOf({ dtype: 'float16' }, 'int8')).toEqual(['float32', undefined]);
  });

  it("stays what it is in chui's own architectures, which load again", async () => {
    const model = rnn();
    const files = await model.toFiles({ dtype: 'float16' });
    expect(files['config.json']).toBe(model.configFile());
  });
});

describe('shards', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chui-shards-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are written and read, no larger than they may be', async () => {
    const model = bert();
    const where = join(directory, 'sharded');
    await model.savePretrained(where, { maxShardSize: '2KB' });
    const names = (await readdir(where)).sort();
    const shards = names.filter((name) => /^model-\d{5}-of-\d{5}\.safetensors$/.test(name));
    expect(shards.length).toBeGreaterThan(2);
    expect(names).toEqual(['config.json', ...shards, 'model.safetensors.index.json']);
    const index = JSON.parse(await readFile(join(where, 'model.safetensors.index.json'), 'utf8'));
    expect(index.metadata.total_size).toBe(4 * model.countParameters());
    for (const name of shards) {
      const { tensors } = readSafetensors(await readFile(join(where, name)));
      const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
      expect(tensors.size === 1 || bytes <= 2000).toBe(true);
    }
    const again = valuesOf(await BertForSequenceClassification.fromPretrained(where));
    for (const [name, values] of valuesOf(model)) expect(again.get(name), name).toEqual(values);
  });

  it('replace a whole checkpoint, and are replaced by one', async () => {
    const where = join(directory, 'both');
    const made = (seed: number) => BertForSequenceClassification.fromConfig(sizes, { seed });
    await made(1).savePretrained(where);
    for (const [seed, maxShardSize] of [
      [2, '6KB'],
      [3, '2KB'],
      [4, '5GB'],
    ] as const) {
      const model = made(seed);
      await model.savePretrained(where, { maxShardSize });
      const files = Object.keys(await model.toFiles({ maxShardSize }));
      expect((await readdir(where)).sort()).toEqual(files.sort());
      const again = valuesOf(await BertForSequenceClassification.fromPretrained(where));
      for (const [name, values] of valuesOf(model)) expect(again.get(name), name).toEqual(values);
    }
  });

  it.each([
    [5, 5],
    ['5GB', 5e9],
    ['1.5 MiB', 1.5 * 2 ** 20],
    ['300kb', 3e5],
    ['700', 700],
  ])('%s is a size', (size, bytes) => expect(bytesOf('maxShardSize', size)).toBe(bytes));

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', '5 TB', 'GB', '0.1', '-5GB'])(
    '%s is none',
    (size) => {
      expect(() => bytesOf('maxShardSize', size)).toThrow(
        /^maxShardSize must be a number of bytes above 0, or a text such as 5GB, but is /,
      );
    },
  );
});

describe('int8', () => {
  it('rounds channels of zeros, of one column and of one row', async () => {
    for (const [shape, axis] of [
      [[3, 1], 0],
      [[3, 1], 1],
      [[1, 3], 0],
      [[1, 3], 1],
    ] as const) {
      const data = Float32Array.of(0, -1, 0.5);
      const files = shardFiles(quantizeInt8('w', { shape: [...shape], data }, axis), {}, 1e6);
      const read = dequantized(await Checkpoint.open(memoryFiles(files)));
      expect(read.tensors.get('w')!.shape).toEqual([...shape]);
      const values = toFloat32(await read.read('w'));
      expect(values[0]).toBe(0);
      expect(values[1]).toBeCloseTo(-1, 6);
      expect(values[2]).toBeCloseTo(0.5, 2);
    }
  });

  it('refuses numbers that are not finite, and files without a scale', async () => {
    const nan = { shape: [1, 2], data: Float32Array.of(1, Number.NaN) };
    expect(() => quantizeInt8('w', nan, 0)).toThrow('w must be finite for int8, but has NaN');
    const [values] = quantizeInt8('w', { shape: [1, 2], data: Float32Array.of(1, 2) }, 0);
    const alone = await Checkpoint.open(memoryFiles(shardFiles([values!], {}, 1e6), 'here'));
    expect(() => dequantized(alone)).toThrow(
      'here/model.safetensors must hold w.scale beside w.int8, but does not',
    );
  });

  it('is the only other type', async () => {
    await expect(bert().toFiles({ dtype: 'int4' as never })).rejects.toThrow(
      'dtype must be one of float32, float16, bfloat16, int8, but is "int4"',
    );
  });
});
