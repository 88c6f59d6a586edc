import { expect, test } from 'vitest';
import { usualHeads } from './model_field.js';

test.each([
  [64, 1],
  [128, 2],
  [256, 4],
  [384, 6],
  [768, 12],
  [32, 1],
  [376, 4], // heads of 94, for 47 is odd
  [312, 6],
  [75, 1],
  [7, 1],
])('a width of %i has %i heads', (width, heads) => {
  expect(usualHeads(width)).toBe(heads);
});
