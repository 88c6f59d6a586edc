import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, Batches, type BatchesOptions, IGNORED_LABEL } from './batches.js';
import type { Example } from './examples.js';

const ids = { padTokenId: 0, decoderStartTokenId: 2 };
const tokens = fc.array(fc.integer({ min: 3, max: 99 }), { minLength: 1, maxLength: 30 });
const examples = fc.array(fc.record<Example>({ inputIds: tokens, labels: tokens }), {
  minLength: 1,
  maxLength: 60,
});
const limits: fc.Arbitrary<Partial<BatchesOptions>> = fc
  .record({
    seed: fc.integer(),
    lengthMultiple: fc.integer({ min: 1, max: 9 }),
    size: fc.oneof(
      fc.record({ batchSize: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ maxTokens: fc.integer({ min: 80, max: 500 }) }),
    ),
  })
  .map(({ size, ...rest }) => ({ ...rest, ...size }));

/** The examples of a batch, read back from its arrays. */
function unpad(batch: Batch): Example[] {
  const { size, sourceLength, targetLength } = batch;
  return Array.from({ length: size }, (_, row) => {
    const source = Array.from(batch.inputIds.subarray(row * sourceLength, (row + 1) * sourceLength));
    const mask = batch.attentionMask.subarray(row * sourceLength, (row + 1) * sourceLength);
    const labels = Array.from(batch.labels.subarray(row * targetLength, (row + 1) * targetLength));
    return {
      inputIds: source.filter((_, at) => mask[at] === 1),
      labels: labels.filter((label) => label !== IGNORED_LABEL),
    };
  });
}

const shape = ({ size, sourceLength, targetLength }: Batch) => `${size} × ${sourceLength}, ${targetLength}`;

describe('Batches', () => {
  it('gives every example once an epoch, padded, in batches within their limits', () => {
    fc.assert(
      fc.property(examples, limits, fc.nat(5), (data, options, epoch) => {
        const batches = new Batches(data, { ...ids, ...options });
        const all = [...batches.epoch(epoch)];
        expect(all).toHaveLength(batches.length);
        expect(all.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b)).toEqual([...data.keys()]);
        for (const batch of all) {
          const { size, sourceLength, targetLength } = batch;
          const own = [...batch.indices].map((index) => data[index]!);
          expect(unpad(batch)).toEqual(own);
          expect(sourceLength % options.lengthMultiple!).toBe(0);
          expect(targetLength % options.lengthMultiple!).toBe(0);
          expect(sourceLength - Math.max(...own.map(({ inputIds }) => inputIds.length))).toBeLessThan(
            options.lengthMultiple!,
          );
          if (options.batchSize) expect(size).toBeLessThanOrEqual(options.batchSize);
          if (options.maxTokens) {
            expect(size * (sourceLength + targetLength)).toBeLessThanOrEqual(options.maxTokens);
          }
          expect(batch.sourceTokens).toBe(own.reduce((sum, { inputIds }) => sum + inputIds.length, 0));
          expect(batch.targetTokens).toBe(own.reduce((sum, { labels }) => sum + labels.length, 0));
        }
      }),
    );
  });

  it('has the same shapes in every epoch, and the same batches for the same seed', () => {
    fc.assert(
      fc.property(examples, limits, (data, options) => {
        const [one, two] = [0, 0].map(() => new Batches(data, { ...ids, ...options }));
        expect([...one!.epoch(3)]).toEqual([...two!.epoch(3)]);
        expect([...one!.epoch(0)].map(shape).sort()).toEqual([...one!.epoch(1)].map(shape).sort());
        expect([...one!.inOrder()].map(shape).sort()).toEqual([...one!.epoch(1)].map(shape).sort());
      }),
    );
  });

  it('deals anew in every epoch and for every seed', () => {
    const data = Array.from({ length: 64 }, (_, index) => ({ inputIds: [index + 3], labels: [3] }));
    const indices = (seed: number, epoch: number) => {
      const batches = new Batches(data, { ...ids, batchSize: 8, seed });
      return [...batches.epoch(epoch)].flatMap((batch) => [...batch.indices]);
    };
    const first = indices(1, 0);
    expect(indices(1, 1)).not.toEqual(first);
    expect(indices(2, 0)).not.toEqual(first);
    expect(first).not.toEqual([...data.keys()]);
  });

  it('makes as many batches as the examples need', () => {
    const data = Array.from({ length: 65 }, (_, index) => ({
      inputIds: new Array<number>(1 + (index % 30)).fill(5),
      labels: [3],
    }));
    expect(new Batches(data, { ...ids, batchSize: 32 }).length).toBe(3);
    expect(new Batches(data, ids).length).toBe(3);
  });

  it('shifts the labels behind the start token', () => {
    const data = [
      { inputIds: [7, 8, 9], labels: [4, 5, 3] },
      { inputIds: [6], labels: [3] },
    ];
    const [batch] = [...new Batches(data, { ...ids, lengthMultiple: 4 }).inOrder()];
    expect(batch).toEqual({
      size: 2,
      sourceLength: 4,
      targetLength: 4,
      inputIds: Int32Array.of(7, 8, 9, 0, 6, 0, 0, 0),
      attentionMask: Int32Array.of(1, 1, 1, 0, 1, 0, 0, 0),
      decoderInputIds: Int32Array.of(2, 4, 5, 0, 2, 0, 0, 0),
      labels: Int32Array.of(4, 5, 3, -100, 3, -100, -100, -100),
      sourceTokens: 4,
      targetTokens: 4,
      indices: Int32Array.of(0, 1),
    });
  });

  it.each<[Example[], Partial<BatchesOptions>, string]>([
    [[], {}, 'examples must not be empty'],
    [[{ inputIds: [], labels: [3] }], {}, 'example 0 must have a source and a target token'],
    [[{ inputIds: [3], labels: [] }], {}, 'example 0 must have a source and a target token'],
    [[{ inputIds: [3], labels: [3] }], { batchSize: 0 }, 'batchSize must be a positive integer, but is 0'],
    [
      [{ inputIds: [3], labels: [3] }],
      { lengthMultiple: 0.5 },
      'lengthMultiple must be a positive integer, but is 0.5',
    ],
    [
      [{ inputIds: [3], labels: [3] }],
      { batchSize: 1, maxTokens: 100 },
      'batchSize and maxTokens must not both be given',
    ],
    [
      [{ inputIds: [3], labels: [3] }],
      { maxTokens: 15 },
      'maxTokens must hold each example, but is 15, and example 0 has 16 tokens with padding',
    ],
  ])('refuses %o with %o', (data, options, message) => {
    expect(() => new Batches(data, { ...ids, ...options })).toThrow(message);
  });
});
