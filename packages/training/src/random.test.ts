import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixBits, randomStream, sample, shuffle } from './random.js';

const draw = (count: number, ...seeds: number[]) => {
  const random = randomStream(...seeds);
  return Array.from({ length: count }, () => random());
};

describe('randomStream', () => {
  it('repeats for the same seeds, and differs for others', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (one, two) => {
        expect(draw(4, one, two)).toEqual(draw(4, one, two));
        expect(draw(4, one, two)).not.toEqual(draw(4, one, two + 1));
        expect(draw(4, one)).not.toEqual(draw(4, one, 0));
        if (one !== two) expect(draw(4, one, two)).not.toEqual(draw(4, two, one));
      }),
    );
  });

  it('is uniform over [0, 1)', () => {
    const bins = new Array<number>(10).fill(0);
    const values = draw(100_000, 1);
    for (const value of values) bins[Math.floor(10 * value)]!++;
    // Each bin has 10,000 ± 95 (one standard deviation).
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(Math.min(...draw(1000, 2))).toBeGreaterThanOrEqual(0);
  });

  it('gives the same numbers on every machine', () => {
    expect(draw(2, 1, 2).map((value) => value * 2 ** 32)).toMatchInlineSnapshot(`
      [
        2284075562,
        3589601244,
      ]
    `);
  });
});

describe('shuffle', () => {
  it('keeps the elements, and gives each order about as often', () => {
    const random = randomStream(3);
    const orders = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = shuffle(['a', 'b', 'c'], random).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('sample', () => {
  it('draws different integers below the total', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.integer(), (a, b, seed) => {
        const [count, total] = [Math.min(a, b), Math.max(a, b)];
        const drawn = sample(total, count, randomStream(seed));
        expect(new Set(drawn).size).toBe(count);
        expect(drawn.every((value) => value >= 0 && value < total)).toBe(true);
      }),
    );
  });
});

describe('mixBits', () => {
  it('gives another number for every number', () => {
    const mixed = new Set(Array.from({ length: 50_000 }, (_, value) => mixBits(value)));
    expect(mixed.size).toBe(50_000);
  });
});
