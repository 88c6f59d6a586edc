import { describe, expect, it } from 'vitest';
import { paddedRows, paddingMask, planBatches } from './batches.js';

describe('batches', () => {
  it('are of like lengths, and of few shapes', () => {
    const lengths = [3, 30, 9, 200, 8, 17, 12];
    expect(planBatches(lengths, 3, 128)).toEqual([
      { places: [3, 1, 5], shape: [3, 128] },
      { places: [6, 2, 4], shape: [3, 12] },
      { places: [0], shape: [1, 8] },
    ]);
    const shapes = new Set<string>();
    for (let length = 1; length <= 512; length++)
      shapes.add(String(planBatches([length], 32, 512)[0]!.shape));
    expect(shapes.size).toBe(13);
    expect(planBatches([5, 5, 5, 5, 5], 32, 512)[0]!.shape).toEqual([8, 8]);
    expect(planBatches([], 32, 512)).toEqual([]);
  });

  it('are filled up', () => {
    expect([...paddedRows([[1, 2], [3]], [3, 3], 9)]).toEqual([1, 2, 9, 3, 9, 9, 9, 9, 9]);
    expect([...paddingMask([[1, 2], [3]], [3, 3])]).toEqual([1, 1, 0, 1, 0, 0, 0, 0, 0]);
  });
});
