import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthGroups } from './length_groups.js';

describe('lengthGroups', () => {
  it('joins lengths until a group has a tenth of the texts', () => {
    // Of 20 texts, 2 are a tenth: one of length 3 joins those of 4, and the longest, which is alone, those of 6.
    const lengths = [9, 4, 3, ...new Array(8).fill(5), ...new Array(8).fill(6), 4];
    expect(lengthGroups(lengths)).toEqual([
      { from: 3, to: 4, indices: [1, 2, 19] },
      { from: 5, to: 5, indices: [3, 4, 5, 6, 7, 8, 9, 10] },
      { from: 6, to: 9, indices: [0, 11, 12, 13, 14, 15, 16, 17, 18] },
    ]);
  });

  it('parts all texts, in groups that do not overlap and have a tenth each', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 200 }), (lengths) => {
        const groups = lengthGroups(lengths);
        const indices = groups.flatMap((group) => group.indices);
        expect(indices.sort((a, b) => a - b)).toEqual([...lengths.keys()]);
        groups.forEach((group, i) => {
          const own = group.indices.map((index) => lengths[index]!);
          expect([Math.min(...own), Math.max(...own)]).toEqual([group.from, group.to]);
          expect(own.length).toBeGreaterThanOrEqual(lengths.length / 10);
          if (i > 0) expect(group.from).toBeGreaterThan(groups[i - 1]!.to);
        });
      }),
    );
  });

  it('is one group where all texts are as long, and none where there is no text', () => {
    expect(lengthGroups([5, 5, 5])).toEqual([{ from: 5, to: 5, indices: [0, 1, 2] }]);
    expect(lengthGroups([])).toEqual([]);
  });
});
