import { expect, test } from 'vitest';
import { bootstrapDifference, type Counts, scoreOfCounts } from './bootstrap.js';

test('a score is accuracy, or F1', () => {
  expect(
    scoreOfCounts([
      [1, 1, 1],
      [0, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]),
  ).toBe(0.75);
  // Precision 2/3, recall 2/4.
  expect(
    scoreOfCounts([
      [2, 3, 4],
      [0, 0, 0],
    ]),
  ).toBeCloseTo((2 * (2 / 3) * 0.5) / (2 / 3 + 0.5), 12);
  expect(scoreOfCounts([])).toBe(0);
});

test('the interval is that of the normal approximation, for many examples', () => {
  const [size, better] = [2000, 60];
  const side = (right: (i: number) => boolean) =>
    Array.from({ length: size }, (_, i): Counts => [Number(right(i)), 1, 1]);
  const a = side((i) => i % 5 !== 0 || i < 5 * better);
  const b = side((i) => i % 5 !== 0);
  const [low, high] = bootstrapDifference([[a, b]]);
  const share = better / size;
  const half = 1.96 * Math.sqrt((share * (1 - share)) / size);
  expect(low).toBeCloseTo(share - half, 2);
  expect(high).toBeCloseTo(share + half, 2);
  expect(
    bootstrapDifference([
      [a, a],
      [b, b],
    ]),
  ).toEqual([0, 0]);
});
