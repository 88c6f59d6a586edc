import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitPairs } from './split_pairs.js';

const pairs = fc
  .array(fc.record({ source: fc.constantFrom(...'abcdefgh'), target: fc.string() }), { maxLength: 60 })
  .filter((all) => new Set(all.map(({ source }) => source)).size >= 3);

it('gives each part some pairs, and each source to one part', () => {
  fc.assert(
    fc.property(pairs, fc.integer(), (all, seed) => {
      const splits = splitPairs(all, { seed, parts: ['dev', 'test'] });
      const { train, dev = [], test = [] } = splits;
      expect(train.length + dev.length + test.length).toBe(all.length);
      const sources = [train, dev, test].map((part) => new Set(part.map(({ source }) => source)));
      for (const own of sources) expect(own.size).toBeGreaterThan(0);
      const different = new Set(all.map(({ source }) => source)).size;
      expect(sources.reduce((sum, { size }) => sum + size, 0)).toBe(different);
      expect(train).toEqual(all.filter(({ source }) => sources[0]!.has(source)));
      expect(splitPairs(all, { seed, parts: ['dev', 'test'] })).toEqual(splits);
    }),
  );
});

it('splits at most 1,000 pairs of different sources off', () => {
  const all = Array.from({ length: 20_000 }, (_, index) => ({ source: `${index}`, target: '' }));
  const { train, dev, test } = splitPairs(all, { seed: 1, parts: ['dev', 'test'] });
  expect([train.length, dev!.length, test!.length]).toEqual([18_000, 1000, 1000]);
});
