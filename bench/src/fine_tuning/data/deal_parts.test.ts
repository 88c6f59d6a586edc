import { expect, it } from 'vitest';
import { dealParts, splitOff } from './deal_parts.js';

const rows = Array.from({ length: 40 }, (_, id) => ({ id, group: String(id % 13) }));

it('deals every row once, groups together and in order, by seed', () => {
  const parts = dealParts(rows, 5, 1);
  expect(parts.flat().sort((a, b) => a.id - b.id)).toEqual(rows);
  const groups = parts.map((part) => new Set(part.map(({ group }) => group)));
  expect(groups.map(({ size }) => size).sort()).toEqual([2, 2, 3, 3, 3]);
  expect(new Set(groups.flatMap((each) => [...each])).size).toBe(13);
  for (const part of parts) expect(part).toEqual([...part].sort((a, b) => a.id - b.id));
  expect(dealParts(rows, 5, 1)).toEqual(parts);
  expect(dealParts(rows, 5, 2)).not.toEqual(parts);
});

it('splits one part off', () => {
  const parts = dealParts(rows, 5, 1);
  const { train, eval: tested } = splitOff(rows, { folds: 5, fold: 2, seed: 1 });
  expect(tested).toEqual(parts[1]);
  expect(train).toEqual(rows.filter((row) => !tested.includes(row)));
});

it('refuses what cannot be dealt', () => {
  expect(() => dealParts(rows, 1, 1)).toThrow('folds must be an integer of at least 2, but is 1');
  expect(() => dealParts(rows, 14, 1)).toThrow('folds must be at most the number of groups, 13, but is 14');
  expect(() => splitOff(rows, { folds: 2, fold: 3, seed: 1 })).toThrow('fold must be from 1 to 2, but is 3');
});
