import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceTransformer } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testBackends } from '../../support/backends.js';
import { minilmDirectory } from '../../support/minilm.js';

interface Reference {
  readonly text: string;
  readonly embedding: number[];
}

const file = new URL('../../fixtures/minilm/embeddings.json', import.meta.url);
const references = (JSON.parse(await readFile(file, 'utf8')) as { embeddings: Reference[] }).embeddings;
const texts = references.map(({ text }) => text);
const directory = (await minilmDirectory())!;

/** 1 − cos, in double precision. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return 1 - ab / Math.sqrt(aa * bb);
}

function expectReferences(embeddings: readonly Float32Array[], tolerance = 1e-5): void {
  expect(embeddings).toHaveLength(references.length);
  for (const [i, { text, embedding }] of references.entries()) {
    expect(embeddings[i]!.length).toBe(embedding.length);
    expect(distance(embeddings[i]!, embedding), text.slice(0, 40)).toBeLessThanOrEqual(tolerance);
  }
}

// Every backend computes the same sums; the fastest that is here is enough for a model of this size.
const backend = testBackends.at(-1)!;

describe.skipIf(!directory)('all-MiniLM-L6-v2', () => {
  let model: SentenceTransformer;

  beforeAll(async () => {
    await useBackend(backend);
    model = await SentenceTransformer.fromPretrained(directory);
  });

  afterAll(() => model?.dispose());

  test('is what its files say', () => {
    expect([model.dimension, model.maxSeqLength, model.model.constructor.name]).toEqual([
      384,
      256,
      'BertModel',
    ]);
  });

  test("has the embeddings of Python's sentence-transformers, one by one and in batches", async () => {
    const single: Float32Array[] = [];
    for (const text of texts) single.push(await model.encode(text));
    expectReferences(single);
    expectReferences(await model.encode(texts));
    expectReferences(await model.encode(texts, { batchSize: 3 }));
  });

  test('finds what is alike', async () => {
    const [cat, feline, stocks] = await model.encode(texts.slice(0, 3));
    expect(model.similarity(cat!, feline!)).toBeGreaterThan(0.5);
    expect(model.similarity(cat!, stocks!)).toBeLessThan(0.2);
    const [row] = model.similarity([cat!], [cat!, stocks!]);
    expect(row![0]).toBeCloseTo(1, 5);
    expect(row![1]).toBeCloseTo(model.similarity(cat!, stocks!), 5);
  });

  test.each([
    ['float32', 1e-5],
    ['float16', 1e-5],
    ['int8', 5e-3],
  ] as const)('is the same when it was saved as %s and read again', async (dtype, tolerance) => {
    const scratch = await mkdtemp(join(tmpdir(), 'chui-minilm-'));
    try {
      await model.savePretrained(scratch, { dtype });
      const again = await SentenceTransformer.fromPretrained(scratch);
      expectReferences(await again.encode(texts), tolerance);
      again.dispose();
    } finally {
      await rm(scratch, { recursive: true });
    }
  });
});
