import { memory, ones, tensor1d, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { padToBucket } from './index.js';

onEveryBackend(() => {
  it('pads the last axis to a multiple', () => {
    tidy(() => {
      const padded = padToBucket(tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), 4);
      expect([padded.shape, [...padded.dataSync()]]).toEqual([
        [2, 4],
        [1, 2, 3, 0, 4, 5, 6, 0],
      ]);
    });
  });

  it('pads to the smallest length that holds it, with a value, and keeps the type', () => {
    tidy(() => {
      const padded = padToBucket(tensor1d([7, 8], 'int32'), [8, 2, 3], { value: 9 });
      expect([padded.shape, [...padded.dataSync()], padded.dtype]).toEqual([[2], [7, 8], 'int32']);
      const longer = padToBucket(tensor1d([7, 8, 6, 5], 'int32'), [8, 6, 3], { value: 9 });
      expect([[...longer.dataSync()], longer.dtype]).toEqual([[7, 8, 6, 5, 9, 9], 'int32']);
    });
  });

  it('pads any axis', () => {
    tidy(() => {
      const x = tensor3d([1, 2, 3, 4], [1, 2, 2]);
      expect(padToBucket(x, 3, { axis: 0 }).shape).toEqual([3, 2, 2]);
      expect([...padToBucket(x, [3], { axis: -2 }).dataSync()]).toEqual([1, 2, 3, 4, 0, 0]);
      expect(padToBucket(ones([0, 2]), 2, { axis: 0 }).shape).toEqual([0, 2]);
    });
  });

  it('gives a tensor that is the caller’s', () => {
    const x = tensor1d([1, 2]);
    const before = memory().numTensors;
    const padded = [padToBucket(x, 2), padToBucket(x, 3)];
    expect(memory().numTensors).toBe(before + 2);
    for (const each of [x, ...padded]) each.dispose();
  });

  it('says what is wrong', () => {
    const x = tensor1d([1, 2]);
    expect(() => padToBucket(x, 4, { axis: 1 })).toThrow('axis must be one of the 1 of x, but is 1');
    expect(() => padToBucket(x, 0)).toThrow('a bucket must be a positive integer, but is 0');
    expect(() => padToBucket(x, [4, 1.5])).toThrow('a bucket must be a positive integer, but is 1.5');
    expect(() => padToBucket(x, [1])).toThrow('a bucket must hold the 2 of axis -1, but the largest is 1');
    expect(() => padToBucket(x, [])).toThrow('a bucket must hold the 2 of axis -1, but there is none');
    x.dispose();
  });
});
