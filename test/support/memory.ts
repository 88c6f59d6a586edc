import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';

/** Checks that each test of a suite leaves as many tensors, buffers and bytes as it found. */
export function leavesMemoryAsItWas(): void {
  const held = () => {
    const { numTensors, numDataBuffers, numBytes } = memory();
    return { numTensors, numDataBuffers, numBytes };
  };
  let before: ReturnType<typeof held>;
  beforeEach(() => {
    before = held();
  });
  afterEach(() => {
    expect(held()).toEqual(before);
  });
}
