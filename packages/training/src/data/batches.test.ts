import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from './batch.js';
import type { BatchOptions } from './batch_options.js';
import { Batches } from './batches.js';
import { dataCollatorForSeq2Seq } from './collators/data_collator_for_seq2seq.js';
import { dataCollatorWithPadding } from './collators/data_collator_with_padding.js';
import type { Example } from './examples.js';
import { IGNORED_LABEL } from './ignored_label.js';

const collator = dataCollatorForSeq2Seq({ padTokenId: 0, decoderStartTokenId: 2 });
const tokens = fc.array(fc.integer({ min: 3, max: 99 }), { minLength: 1, maxLength: 30 });
const examples = fc.array(fc.record<Example>({ inputIds: tokens, labels: tokens }), {
  minLength: 1,
  maxLength: 60,
});
const limits: fc.Arbitrary<Partial<BatchOptions<Example>>> = fc
  .record({
    seed: fc.integer(),
    lengthMultiple: fc.integer({ min: 1, max: 9 }),
    size: fc.oneof(
      fc.record({ batchSize: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ maxTokens: fc.integer({ min: 80, max: 500 }) }),
    ),
  })
  .map(({ size, ...rest }) => ({ ...rest, ...size }));

/** The arrays of a batch, and its lengths. */
function arraysOf({ parts, size }: Batch) {
  const { inputIds, attentionMask, decoderInputIds, labels } = parts[0]!.inputs;
  const [sourceLength, targetLength] = [inputIds!.shape[1]!, labels!.shape[1]!];
  expect(parts).toHaveLength(1);
  expect(inputIds!.shape).toEqual([size, sourceLength]);
  expect(attentionMask!.shape).toEqual([size, sourceLength]);
  expect(decoderInputIds!.shape).toEqual([size, targetLength]);
  expect(labels!.shape).toEqual([size, targetLength]);
  return {
    ...{ size, sourceLength, targetLength },
    inputIds: inputIds!.values,
    attentionMask: attentionMask!.values,
    decoderInputIds: decoderInputIds!.values,
    labels: labels!.values,
  };
}

/** The examples of a batch, read back from its arrays. */
function unpad(batch: Batch): Example[] {
  const { size, sourceLength, targetLength, ...arrays } = arraysOf(batch);
  return Array.from({ length: size }, (_, row) => {
    const source = Array.from(arrays.inputIds.subarray(row * sourceLength, (row + 1) * sourceLength));
    const mask = arrays.attentionMask.subarray(row * sourceLength, (row + 1) * sourceLength);
    const labels = Array.from(arrays.labels.subarray(row * targetLength, (row + 1) * targetLength));
    return {
      inputIds: source.filter((_, at) => mask[at] === 1),
      labels: labels.filter((label) => label !== IGNORED_LABEL),
    };
  });
}

const shape = ({ parts }: Batch) => {
  return Object.values(parts[0]!.inputs)
    .map(({ shape }) => shape.join(' × '))
    .join(', ');
};
const places = (batches: Iterable<Batch>) => [...batches].map(({ indices }) => [...indices]);
const byNumber = (a: number, b: number) => a - b;

describe('Batches', () => {
  it('gives every example once an epoch, padded, in batches within their limits', () => {
    fc.assert(
      fc.property(examples, limits, fc.nat(5), (data, options, epoch) => {
        const batches = new Batches(data, { collator, ...options });
        const all = [...batches.epoch(epoch)];
        expect(all).toHaveLength(batches.length);
        expect(places(all).flat().sort(byNumber)).toEqual([...data.keys()]);
        for (const batch of all) {
          const { size, sourceLength, targetLength } = arraysOf(batch);
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
          const targets = own.reduce((sum, { labels }) => sum + labels.length, 0);
          const sources = own.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
          expect(batch).toMatchObject({ size: own.length, items: targets, tokens: sources + targets });
        }
      }),
    );
  });

  it('has the same shapes in every epoch, and the same batches for the same seed', () => {
    fc.assert(
      fc.property(examples, limits, (data, options) => {
        const [one, two] = [0, 0].map(() => new Batches(data, { collator, ...options }));
        expect([...one!.epoch(3)]).toEqual([...two!.epoch(3)]);
        expect([...one!.epoch(0)].map(shape).sort()).toEqual([...one!.epoch(1)].map(shape).sort());
        expect([...one!.inOrder()].map(shape).sort()).toEqual([...one!.epoch(1)].map(shape).sort());
      }),
    );
  });

  it('goes on in the middle of an epoch', () => {
    fc.assert(
      fc.property(examples, limits, fc.nat(70), (data, options, first) => {
        const batches = new Batches(data, { collator, ...options });
        expect([...batches.epoch(2, first)]).toEqual([...batches.epoch(2)].slice(first));
      }),
    );
  });

  it('deals anew in every epoch and for every seed', () => {
    const data = Array.from({ length: 64 }, (_, index) => ({ inputIds: [index + 3], labels: [3] }));
    const indices = (seed: number, epoch: number) => {
      return places(new Batches(data, { collator, batchSize: 8, seed }).epoch(epoch)).flat();
    };
    const first = indices(1, 0);
    expect(indices(1, 1)).not.toEqual(first);
    expect(indices(2, 0)).not.toEqual(first);
    expect(first).not.toEqual([...data.keys()]);
  });

  it('deals as it always did', () => {
    const data = Array.from({ length: 10 }, (_, index) => ({
      inputIds: new Array<number>(1 + ((7 * index) % 10)).fill(5),
      labels: [3],
    }));
    expect(places(new Batches(data, { collator, batchSize: 4, seed: 1 }).epoch(2))).toEqual([
      [9, 0, 3, 2],
      [7, 4],
      [1, 8, 6, 5],
    ]);
  });

  it('makes as many batches as the examples need', () => {
    const data = Array.from({ length: 65 }, (_, index) => ({
      inputIds: new Array<number>(1 + (index % 30)).fill(5),
      labels: [3],
    }));
    expect(new Batches(data, { collator, batchSize: 32 }).length).toBe(3);
    expect(new Batches(data, { collator }).length).toBe(3);
  });

  it('shifts the labels behind the start token', () => {
    const data = [
      { inputIds: [7, 8, 9], labels: [4, 5, 3] },
      { inputIds: [6], labels: [3] },
    ];
    const [batch] = [...new Batches(data, { collator, lengthMultiple: 4 }).inOrder()];
    expect(arraysOf(batch!)).toEqual({
      ...{ size: 2, sourceLength: 4, targetLength: 4 },
      inputIds: Int32Array.of(7, 8, 9, 0, 6, 0, 0, 0),
      attentionMask: Int32Array.of(1, 1, 1, 0, 1, 0, 0, 0),
      decoderInputIds: Int32Array.of(2, 4, 5, 0, 2, 0, 0, 0),
      labels: Int32Array.of(4, 5, 3, -100, 3, -100, -100, -100),
    });
    expect(batch).toMatchObject({ items: 4, tokens: 8, indices: Int32Array.of(0, 1) });
  });

  it('shuffles examples without lengths', () => {
    const data = Array.from({ length: 50 }, (_, index) => ({ pixels: [index], labels: index }));
    const batches = new Batches(data, { collator: dataCollatorWithPadding(), batchSize: 8 });
    const epochs = [0, 1].map((epoch) => places(batches.epoch(epoch)));
    for (const epoch of epochs) {
      expect(epoch.flat().sort(byNumber)).toEqual([...data.keys()]);
      expect(epoch.map(({ length }) => length).sort(byNumber)).toEqual([2, 8, 8, 8, 8, 8, 8]);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(places(batches.inOrder()).flat()).toEqual([...data.keys()]);
  });

  it('mixes lengths unless examples are grouped by them', () => {
    const data = Array.from({ length: 64 }, (_, index) => ({ inputIds: new Array(index + 1).fill(5) }));
    const batches = new Batches(data, {
      ...{ collator: dataCollatorWithPadding(), batchSize: 8, lengthMultiple: 1, groupByLength: false },
    });
    const all = [...batches.epoch(0)];
    expect(places(all).flat().sort(byNumber)).toEqual([...data.keys()]);
    for (const batch of all) {
      expect(shape(batch)).toMatch(`8 × ${Math.max(...batch.indices) + 1}`);
      expect(Math.max(...batch.indices) - Math.min(...batch.indices)).toBeGreaterThan(8);
    }
    expect(places(batches.inOrder()).flat()).toEqual([...data.keys()]);
  });

  it('pads to the next of the lengths given', () => {
    const data = [3, 10, 11, 24, 60, 64].map((length) => ({ inputIds: new Array<number>(length).fill(5) }));
    const options = { collator: dataCollatorWithPadding(), batchSize: 2 };
    const batches = new Batches(data, { ...options, lengths: [64, 10] });
    expect([...batches.inOrder()].map(({ parts }) => parts[0]!.inputs.inputIds!.shape)).toEqual([
      [2, 10],
      [2, 64],
      [2, 64],
    ]);
    expect(() => new Batches(data, { ...options, lengths: [10, 60] })).toThrow(
      'example 5 must be no longer than lengths say, 60, but is 64 long',
    );
  });

  it('leaves other examples out in every epoch when it drops the last batch', () => {
    fc.assert(
      fc.property(examples, fc.integer({ min: 1, max: 20 }), (data, batchSize) => {
        fc.pre(batchSize <= data.length);
        const batches = new Batches(data, { collator, batchSize, dropLast: true });
        const all = places(batches.epoch(1));
        expect(all).toHaveLength(batches.length);
        expect(all.every(({ length }) => length === batchSize)).toBe(true);
        expect(new Set(all.flat()).size).toBe(data.length - (data.length % batchSize));
        expect(places(batches.inOrder()).flat()).toHaveLength(data.length);
      }),
    );
    const data = Array.from({ length: 31 }, (_, index) => ({ inputIds: [index], labels: [3] }));
    const batches = new Batches(data, { collator, batchSize: 16, dropLast: true });
    const seen = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((epoch) => places(batches.epoch(epoch)).flat()));
    expect(seen.size).toBe(31);
  });

  it('names an example that the collator refuses by its place in the data set', () => {
    const data = [1, 2, 3, 4, 5].map((labels) => ({
      inputIds: new Array<number>(9 - labels).fill(1),
      labels,
    }));
    const batches = new Batches(data, {
      ...{ collator: dataCollatorWithPadding({ numLabels: 5 }), batchSize: 2, lengthMultiple: 1 },
    });
    expect(() => [...batches.inOrder()]).toThrow(
      'example 4 must have labels from 0 to 4 (numLabels), or -100',
    );
  });

  const one = [{ inputIds: [3], labels: [3] }];
  it.each<[Example[], Partial<BatchOptions<Example>>, string]>([
    [[], {}, 'examples must not be empty'],
    [[...one, { inputIds: [], labels: [3] }], {}, 'example 1 must have a source and a target token'],
    [[{ inputIds: [3], labels: [] }], {}, 'example 0 must have a source and a target token'],
    [one, { batchSize: 0 }, 'batchSize must be a positive integer, but is 0'],
    [one, { lengthMultiple: 0.5 }, 'lengthMultiple must be a positive integer, but is 0.5'],
    [one, { lengths: [8, 0] }, 'lengths must be a positive integer, but is 0'],
    [one, { lengths: [] }, 'lengths must have a length, but are empty'],
    [one, { lengths: [8], lengthMultiple: 8 }, 'lengthMultiple and lengths must not both be given'],
    [one, { batchSize: 1, maxTokens: 100 }, 'batchSize and maxTokens must not both be given'],
    [
      one,
      { groupByLength: false, maxTokens: 100 },
      'maxTokens must come with groupByLength, but that is false',
    ],
    [one, { dropLast: true, maxTokens: 100 }, 'dropLast must come with batchSize, but maxTokens is given'],
    [one, { dropLast: true }, 'dropLast must leave a batch, but there are 1 examples, and batchSize is 32'],
    [
      one,
      { maxTokens: 15 },
      'maxTokens must hold each example, but is 15, and example 0 has 16 tokens with padding',
    ],
  ])('refuses %o with %o', (data, options, message) => {
    expect(() => new Batches(data, { collator, ...options })).toThrow(message);
  });

  it('refuses examples of which only some have tokens, or maxTokens if none has', () => {
    const options = { collator: dataCollatorWithPadding() };
    expect(() => new Batches([{ inputIds: [3] }, { pixels: [3] }], options)).toThrow(
      'example 1 must have as many lengths as the first, 1, but has 0',
    );
    expect(() => new Batches([{ pixels: [3] }], { ...options, maxTokens: 9 })).toThrow(
      'maxTokens must come with examples that have lengths, but these have none',
    );
  });
});
