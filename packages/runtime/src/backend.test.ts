import { getBackend, matMul, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, inject, it } from 'vitest';
import { type BackendName, useBackend as usePortableBackend } from './backend.js';
import { useBackend } from './backend.node.js';

const hasNativeBackend = inject('hasNativeBackend');

/** Names with what tfjs calls them. */
const backends: [name: BackendName | 'auto', tfjsName: string][] = [
  ['wasm', 'wasm'],
  ['cpu', 'cpu'],
];
if (hasNativeBackend) backends.push(['native', 'tensorflow'], ['auto', 'tensorflow']);

describe('useBackend', () => {
  it.each(backends)('%s computes on %s', async (name, tfjsName) => {
    const info = await useBackend(name);
    expect(info).toEqual({
      backend: name === 'auto' ? 'native' : name,
      device: expect.stringMatching(/^[cg]pu$/),
    });
    expect(getBackend()).toBe(tfjsName);
    const x = tensor2d([1, 2, 3, 4], [2, 2]);
    expect(Array.from(await matMul(x, x).data())).toEqual([7, 10, 15, 22]);
  });

  it('says which backends need a browser, and which needs Node', async () => {
    await expect(useBackend('webgpu')).rejects.toThrow("the backend 'webgpu' needs a browser");
    await expect(useBackend('webgl')).rejects.toThrow("the backend 'webgl' needs a browser");
    await expect(usePortableBackend('native')).rejects.toThrow("the backend 'native' needs Node");
  });

  it.each([0, 1.5, -2])('refuses %s threads', async (threads) => {
    await expect(useBackend('native', { threads })).rejects.toThrow(
      `threads must be an integer from 1, but is ${threads}`,
    );
  });

  it.skipIf(!hasNativeBackend)(
    'refuses another number of threads once the native backend is loaded',
    async () => {
      await useBackend('native');
      await expect(useBackend('native', { threads: 1000 })).rejects.toThrow(
        /before the native backend is loaded/,
      );
    },
  );
});
