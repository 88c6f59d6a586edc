import { cast, memory, reshape, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';

import { useBackend } from '../../backend.node.js';

describe.skipIf(!inject('hasNativeBackend'))('views on the native backend', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  it('share the values of their input, which live as long as one of them', () => {
    const before = memory();
    const x = tensor2d([1, 2, 3, 4], [2, 2]);
    const views = [reshape(x, [2, 2]), cast(x, 'float32')];
    expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1);
    x.dispose();
    for (const view of views) expect([...view.dataSync()]).toEqual([1, 2, 3, 4]);
    for (const view of views) view.dispose();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });

  it('are computed where shape or type change', () => {
    const x = tensor2d([1.5, 2, 3, 4], [2, 2]);
    expect(reshape(x, [4]).shape).toEqual([4]);
    expect([...cast(x, 'int32').dataSync()]).toEqual([1, 2, 3, 4]);
    expect([...reshape(cast(x, 'bool'), [1, 4]).dataSync()]).toEqual([1, 1, 1, 1]);
  });
});
