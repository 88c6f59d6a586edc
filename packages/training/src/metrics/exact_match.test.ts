import { expect, it } from 'vitest';
import { exactMatch } from './exact_match.js';

it('counts texts that are equal to a reference', () => {
  expect(exactMatch(['a', 'b', 'c', 'd'], ['a', 'B', 'c ', 'd'])).toBe(0.5);
  expect(
    exactMatch(
      ['a', 'b'],
      [
        ['x', 'b'],
        ['a', 'y'],
      ],
    ),
  ).toBe(1);
  expect(() => exactMatch([], [])).toThrow('hypotheses must not be empty');
});
