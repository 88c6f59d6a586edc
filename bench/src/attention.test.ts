import { attentionCatalogue } from '@chui/layers';
import { describe, expect, test } from 'vitest';
import { longest, sweepReport } from './attention.js';
import { slope } from './statistics.js';

describe('a sweep', () => {
  test('goes as far as the memory of an attention lets it', () => {
    const of = (name: string) => longest(attentionCatalogue.find((each) => each.name === name)!.traits);
    expect(of('AdditiveAttention')).toBe(1024);
    expect(of('MultiHeadAttention')).toBe(4096);
    for (const name of ['ChunkedAttention', 'LinearAttention', 'SlidingWindowAttention']) {
      expect(of(name)).toBe(16_384);
    }
  });

  test('is a table with what was not tried left out', () => {
    const swept = [
      {
        name: 'SomeAttention',
        memory: 'T·S',
        lengths: [{ length: 256, milliseconds: 1.25, peakBytes: 2 ** 29 }],
        slope: undefined,
      },
    ];
    expect(sweepReport(swept).at(-1)).toBe('| SomeAttention | T·S | 1.3 ms, 512 MiB | – | – | – |  |');
  });
});

test('the slope of a power is its exponent', () => {
  const points = [1, 10, 1000].map((x) => [x, 3 * x ** 1.5] as const);
  expect(slope(points)).toBeCloseTo(1.5, 10);
});
