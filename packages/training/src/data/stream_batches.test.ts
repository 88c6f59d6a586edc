import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from './batch.js';
import { Batches } from './batches.js';
import { dataCollatorWithPadding } from './collators/data_collator_with_padding.js';
import { readJsonl } from './read_jsonl.js';
import { StreamBatches, type StreamBatchesOptions } from './stream_batches.js';

const collator = dataCollatorWithPadding();
type TokensOnly = { inputIds: number[] };
const examples: fc.Arbitrary<TokensOnly[]> = fc.array(
  fc.record({ inputIds: fc.array(fc.integer({ min: 3, max: 99 }), { minLength: 1, maxLength: 30 }) }),
  { minLength: 1, maxLength: 60 },
);
const limits = fc
  .record({
    seed: fc.integer(),
    lengthMultiple: fc.integer({ min: 1, max: 9 }),
    shuffleBuffer: fc.integer({ min: 1, max: 80 }),
    size: fc.oneof(
      fc.record({ batchSize: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ batchSize: fc.integer({ min: 1, max: 20 }), dropLast: fc.constant(true) }),
      fc.record({ batchSize: fc.integer({ min: 1, max: 20 }), groupByLength: fc.constant(false) }),
      fc.record({ maxTokens: fc.integer({ min: 40, max: 500 }) }),
    ),
  })
  .map(({ size, ...rest }): Partial<StreamBatchesOptions<TokensOnly>> => ({ ...rest, ...size }));

async function all<T>(values: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const value of values) read.push(value);
  return read;
}

const places = (batches: readonly Batch[]) => batches.flatMap(({ indices }) => [...indices]);

describe('StreamBatches', () => {
  it('gives every example once an epoch, in batches within their limits', async () => {
    await fc.assert(
      fc.asyncProperty(examples, limits, fc.nat(5), async (data, options, epoch) => {
        const { batchSize, maxTokens, dropLast, lengthMultiple } = options;
        fc.pre(!dropLast || data.length >= batchSize!);
        const stream = new StreamBatches(() => data.values(), { collator, ...options });
        const batches = await all(stream.epoch(epoch));
        const left = dropLast ? data.length % batchSize! : 0;
        expect(new Set(places(batches)).size).toBe(data.length - left);
        expect(places(batches)).toHaveLength(data.length - left);
        for (const { parts, size, indices, tokens } of batches) {
          const { inputIds, attentionMask } = parts[0]!.inputs;
          const length = inputIds!.shape[1]!;
          const own = [...indices].map((index) => data[index]!.inputIds);
          const padded = own.flatMap((ids) => [...ids, ...new Array<number>(length - ids.length).fill(0)]);
          const longest = Math.max(...own.map((ids) => ids.length));
          expect(Array.from(inputIds!.values)).toEqual(padded);
          expect(attentionMask!.values.filter((mask) => mask === 1)).toHaveLength(tokens);
          expect(length).toBe(Math.ceil(longest / lengthMultiple!) * lengthMultiple!);
          if (maxTokens) expect(size * length).toBeLessThanOrEqual(maxTokens);
          else expect(size).toBeLessThanOrEqual(batchSize!);
        }
        if (batchSize) {
          const full = Math.floor(data.length / batchSize);
          expect(batches.filter(({ size }) => size === batchSize)).toHaveLength(full);
        }
        const inOrder = await all(stream.inOrder());
        expect(places(inOrder).sort((a, b) => a - b)).toEqual([...data.keys()]);
      }),
    );
  });

  it('gives the same for the same seed and epoch, and goes on in the middle', async () => {
    await fc.assert(
      fc.asyncProperty(examples, limits, fc.nat(70), async (data, options, first) => {
        fc.pre(!options.dropLast || data.length >= options.batchSize!);
        const stream = new StreamBatches(data, { collator, ...options });
        const batches = await all(stream.epoch(2));
        expect(await all(stream.epoch(2))).toEqual(batches);
        expect(await all(stream.epoch(2, first))).toEqual(batches.slice(first));
        expect(await all(stream.inOrder())).toEqual(await all(stream.inOrder()));
      }),
    );
  });

  it('gives what Batches gives if the buffer holds all', async () => {
    await fc.assert(
      fc.asyncProperty(examples, limits, async (data, options) => {
        fc.pre(!options.dropLast || data.length >= options.batchSize!);
        const shuffleBuffer = data.length;
        const stream = new StreamBatches(data, { collator, ...options, shuffleBuffer });
        const batches = new Batches(data, { collator, ...options });
        expect(await all(stream.epoch(1))).toEqual([...batches.epoch(1)]);
        expect(await all(stream.inOrder())).toEqual([...batches.inOrder()]);
      }),
    );
  });

  it('shuffles anew in every epoch, and holds no more than the buffer', async () => {
    let [read, given, most] = [0, 0, 0];
    const stream = new StreamBatches(
      async function* () {
        for (let index = 0; index < 1000; index++) {
          most = Math.max(most, ++read - given);
          yield { inputIds: [index] };
        }
      },
      { collator, batchSize: 16, shuffleBuffer: 100 },
    );
    const epochs: number[][] = [];
    for (const epoch of [0, 1]) {
      [read, given] = [0, 0];
      const own: number[] = [];
      for await (const { indices, size } of stream.epoch(epoch)) {
        given += size;
        own.push(...indices);
      }
      epochs.push(own);
    }
    expect(most).toBeLessThanOrEqual(100 + 16 + 1);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[0]!.slice(0, 80)).not.toEqual([...Array(80).keys()]);
  });

  it('tells that an iterator can be read once only', async () => {
    const generator = (function* () {
      yield { inputIds: [1] };
    })();
    const stream = new StreamBatches(generator, { collator });
    expect(await all(stream.epoch(0))).toHaveLength(1);
    const message = 'examples must be a function that begins the reading, such as () => readJsonl(path)';
    await expect(all(stream.epoch(1))).rejects.toThrow(message);
    const same = new StreamBatches(() => readNothing, { collator });
    await expect(all(same.epoch(0))).rejects.toThrow('examples must not be empty');
    await expect(all(same.inOrder())).rejects.toThrow(message);
  });

  it('ends the reading when it is ended', async () => {
    let isOpen = false;
    const stream = new StreamBatches(
      function* () {
        isOpen = true;
        try {
          for (;;) yield { inputIds: [1] };
        } finally {
          isOpen = false;
        }
      },
      { collator, batchSize: 2, shuffleBuffer: 10 },
    );
    for await (const { size } of stream.epoch(0)) {
      expect([size, isOpen]).toEqual([2, true]);
      break;
    }
    expect(isOpen).toBe(false);
  });

  it('refuses what gives no examples', async () => {
    await expect(all(new StreamBatches([], { collator }).epoch(0))).rejects.toThrow(
      'examples must not be empty',
    );
    expect(() => new StreamBatches(3 as never, { collator })).toThrow(
      'examples must be iterable, or a function',
    );
    const none = new StreamBatches(() => undefined as never, { collator });
    await expect(all(none.inOrder())).rejects.toThrow(
      'a function that gives what is iterable, but it gives undefined',
    );
    const few = new StreamBatches([{ inputIds: [1] }], { collator, batchSize: 2, dropLast: true });
    await expect(all(few.epoch(0))).rejects.toThrow(
      'dropLast must leave a batch, but there are 1 examples, and batchSize is 2',
    );
    expect(() => new StreamBatches([], { collator, shuffleBuffer: 0 })).toThrow(
      'shuffleBuffer must be a positive integer, but is 0',
    );
  });

  it('names an example by its place in the stream', async () => {
    const data = Array.from({ length: 30 }, (_, index) => ({ inputIds: index === 23 ? [0.5] : [index] }));
    const stream = new StreamBatches(data, { collator, batchSize: 4, shuffleBuffer: 8 });
    await expect(all(stream.epoch(0))).rejects.toThrow(
      'example 23 must have integers as inputIds, but has 0.5',
    );
    const empty = new StreamBatches([...data.slice(0, 20), { inputIds: [] }], { collator, shuffleBuffer: 8 });
    await expect(all(empty.epoch(0))).rejects.toThrow('example 20 must have a token, but has no inputIds');
  });

  describe('over a file', () => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
    });
    afterAll(() => rm(directory, { recursive: true }));

    it('tells of a broken line as the reader does, after the batches before it', async () => {
      const path = join(directory, 'broken.jsonl');
      await writeFile(path, `${'{"inputIds": [1, 2], "labels": 0}\n'.repeat(50)}{"inputIds"\n`);
      const stream = new StreamBatches(() => readJsonl(path), { collator, batchSize: 4, shuffleBuffer: 8 });
      let count = 0;
      const epoch = async () => {
        for await (const { size } of stream.epoch(0)) count += size;
      };
      await expect(epoch).rejects.toThrow(
        `${path}:51: a line must be a JSON object, but is "{\\"inputIds\\""`,
      );
      expect(count).toBe(48);
    });
  });
});

const readNothing = (async function* (): AsyncGenerator<TokensOnly> {})();
