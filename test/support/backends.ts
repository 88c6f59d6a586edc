// tfjs-layers registers the gradients of tfjs-core's ops.
import '@tensorflow/tfjs-layers';
import { type BackendName, useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';

/** Backends on which this machine can run tests: pure JavaScript and WASM always, the native one where it is set up. */
export const testBackends: BackendName[] = ['cpu', 'wasm'];
try {
  await useBackend('native');
  testBackends.push('native');
} catch {
  // Not set up: what is left is tested.
}

/** Runs the tests that `body` declares on every backend, each of which must leave no tensor behind. */
export function onEveryBackend(body: (backend: BackendName) => void): void {
  describe.each(testBackends)('on %s', (backend) => {
    beforeAll(async () => {
      await useBackend(backend);
    });
    expectNoTensorLeft();
    body(backend);
  });
}

/** Has each test of a `describe` leave no tensor behind. */
export function expectNoTensorLeft(): void {
  let before = 0;
  beforeEach(() => {
    before = memory().numTensors;
  });
  afterEach(() => {
    expect(memory().numTensors, 'tensors left behind').toBe(before);
  });
}
