import { describe, expect, test } from 'vitest';
import { median, quantile, speed } from './statistics.js';

describe('quantile', () => {
  test('lies between its neighbours, whatever the order', () => {
    expect(quantile([40, 10, 20, 30], 0.25)).toBe(17.5);
    expect(quantile([3], 0.75)).toBe(3);
    expect([0, 1].map((share) => quantile([5, 1, 9], share))).toEqual([1, 9]);
    expect(median([1, 9, 2])).toBe(2);
    expect(median([1, 2, 10, 11])).toBe(6);
  });

  test('needs values', () => {
    expect(() => quantile([], 0.5)).toThrow('values must not be empty');
  });
});

test('speed is above 1 where the peer takes longer', () => {
  const own = [
    [10, 10, 70],
    [20, 20, 20],
    [10, 10, 10],
  ];
  const peer = [
    [20, 20, 20],
    [30, 30, 30],
    [8, 10, 8],
  ];
  expect(speed(own, peer)).toEqual({ overall: 2, rounds: { median: 1.5, least: 0.8, largest: 2 } });
});
