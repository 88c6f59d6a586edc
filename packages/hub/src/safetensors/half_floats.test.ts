import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dtype, toFloat32 } from './dtype.js';
import { toBfloat16, toFloat16 } from './half_floats.js';

const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const single = fc.oneof(
  fc.float({ noNaN: true }),
  fc.integer({ min: 0, max: 0xffffffff }).map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!),
);

describe.each<[Dtype, (values: Float32Array) => Uint16Array, number]>([
  ['F16', toFloat16, 0x7c00],
  ['BF16', toBfloat16, 0x7f80],
])('to %s', (dtype, narrow, infinity) => {
  const one = (value: number) => narrow(Float32Array.of(value))[0]!;
  /** The values from 0 up; where infinity begins stands what would come next, as for rounding. */
  const steps = Array.from(toFloat32({ dtype, data: all.subarray(0, infinity) }));
  steps.push(2 * steps[infinity - 1]! - steps[infinity - 2]!);

  /** The nearest, by a search among all. */
  function nearest(value: number): number {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    if (size >= steps[infinity]!) return sign | infinity;
    let [low, high] = [0, infinity];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (steps[middle]! <= size) low = middle;
      else high = middle;
    }
    const [below, above] = [size - steps[low]!, steps[high]! - size];
    return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
  }

  test('gives each of its own values back, bit by bit, NaN included', () => {
    expect(narrow(toFloat32({ dtype, data: all })).every((half, i) => half === all[i])).toBe(true);
  });

  test('rounds to the nearest', () => {
    fc.assert(
      fc.property(single, (value) => Number.isNaN(value) || one(value) === nearest(value)),
      { numRuns: 10_000 },
    );
  });

  test('rounds halfway between two values to the even one, and what is beside halfway to the nearer', () => {
    const wrong = [];
    for (let low = 0; low < infinity; low++) {
      const half = Float32Array.of((steps[low]! + steps[low + 1]!) / 2);
      const bits = new Uint32Array(half.buffer);
      const even = low % 2 === 0 ? low : low + 1;
      if (narrow(half)[0] !== even) wrong.push(low);
      bits[0]! -= 1;
      if (narrow(half)[0] !== low) wrong.push(low);
      bits[0]! += 2;
      if (narrow(half)[0] !== low + 1) wrong.push(low);
    }
    expect(wrong).toEqual([]);
  });

  test('keeps every NaN a NaN, with its sign', () => {
    for (const bits of [0x7f800001, 0xff800001, 0x7fc00000, 0xffffffff, 0x7f801fff]) {
      const [half] = narrow(new Float32Array(Uint32Array.of(bits).buffer));
      expect(half! & 0x7fff).toBeGreaterThan(infinity);
      expect(half! >>> 15).toBe(bits >>> 31);
    }
  });

  test('takes a part of a buffer', () => {
    expect(narrow(Float32Array.of(9, 1, -0, Infinity).subarray(1))).toEqual(
      Uint16Array.of(one(1), 0x8000, infinity),
    );
  });
});

test('the largest values, and what is beyond', () => {
  expect([...toFloat16(Float32Array.of(65504, 65519.99, 65520, 2 ** -24, 2 ** -25))]).toEqual([
    0x7bff, 0x7bff, 0x7c00, 1, 0,
  ]);
  expect([...toBfloat16(Float32Array.of(3.4e38, 3.4028234663852886e38))]).toEqual([0x7f80, 0x7f80]);
});
