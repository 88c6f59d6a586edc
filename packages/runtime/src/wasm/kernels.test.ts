import {
  cast,
  clipByValue,
  conv2d,
  depthwiseConv2d,
  gather,
  getKernelsForBackend,
  grad,
  grads,
  greater,
  maxPool,
  mul,
  reverse,
  setBackend,
  slice,
  stridedSlice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor1d,
  tidy,
  unsortedSegmentSum,
  where,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { useBackend } from '@chui/runtime';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { registerWasmKernels } from './kernels.js';

/** Runs `fn` on WASM and in pure JavaScript, and checks that both give the same numbers. */
async function expectSame(fn: () => Tensor[]): Promise<void> {
  const results = [];
  for (const backend of ['wasm', 'cpu']) {
    await setBackend(backend);
    results.push(
      tidy(() =>
        fn().map((tensor) => ({
          shape: tensor.shape,
          dtype: tensor.dtype,
          values: tensor.dataSync(),
        })),
      ),
    );
  }
  const [wasm, cpu] = results as [(typeof results)[0], (typeof results)[0]];
  for (const [index, { shape, dtype, values }] of cpu.entries()) {
    expect([wasm[index]!.shape, wasm[index]!.dtype]).toEqual([shape, dtype]);
    expectClose(wasm[index]!.values, values, 1e-4);
  }
}

describe('kernels of ours for WASM', () => {
  beforeAll(async () => {
    await useBackend('cpu');
    await useBackend('wasm');
  });

  it('UnsortedSegmentSum drops what is in no segment', async () => {
    const cases = record({
      rows: integer({ min: 0, max: 12 }),
      width: integer({ min: 0, max: 4 }),
      segments: integer({ min: 1, max: 5 }),
      dtype: constantFrom('float32' as const, 'int32' as const),
      seed: integer({ min: 1, max: 1000 }),
    });
    await assert(
      asyncProperty(cases, ({ rows, width, segments, dtype, seed }) =>
        expectSame(() => {
          const ids = filled([rows], seed, segments + 1).dataSync();
          const segmentIds = tensor1d(ids.map(Math.floor), 'int32');
          const x = cast(filled([rows, width, 2], seed + 1, 9), dtype);
          return [cast(unsortedSegmentSum(x, segmentIds, segments), 'float32')];
        }),
      ),
      { numRuns: 40 },
    );
  });

  const convolutions = record({
    batch: integer({ min: 1, max: 2 }),
    height: integer({ min: 3, max: 7 }),
    width: integer({ min: 3, max: 7 }),
    channels: integer({ min: 1, max: 3 }),
    outputs: integer({ min: 1, max: 3 }),
    filterHeight: integer({ min: 1, max: 3 }),
    filterWidth: integer({ min: 1, max: 3 }),
    stride: integer({ min: 1, max: 2 }),
    pad: constantFrom('same' as const, 'valid' as const, 1),
    seed: integer({ min: 1, max: 1000 }),
  });

  for (const [name, convolve] of Object.entries({ conv2d, depthwiseConv2d })) {
    it(`gradients of ${name}`, async () => {
      await assert(
        asyncProperty(convolutions, (c) =>
          expectSame(() => {
            const x = filled([c.batch, c.height, c.width, c.channels], c.seed);
            // tfjs gets the shape wrong for a padding in numbers if the filter is not square.
            const filterWidth = c.pad === 1 ? c.filterHeight : c.filterWidth;
            const filter = filled([c.filterHeight, filterWidth, c.channels, c.outputs], c.seed + 1);
            const fn = (...args: Tensor[]) => {
              const [x, filter] = args as [Tensor4D, Tensor4D];
              const y = convolve(x, filter, c.stride, c.pad);
              return sum(mul(y, filled(y.shape, c.seed + 2)));
            };
            return grads(fn)([x, filter]);
          }),
        ),
        { numRuns: 40 },
      );
    });
  }

  it('gradients of maxPool', async () => {
    await assert(
      asyncProperty(convolutions, (c) =>
        expectSame(() => {
          const x = filled([c.batch, c.height, c.width, c.channels], c.seed);
          const fn = (x: Tensor) => {
            const y = maxPool(
              x as Tensor4D,
              [c.filterHeight, c.filterWidth],
              c.stride,
              c.pad === 1 ? 'valid' : c.pad,
            );
            return sum(mul(y, filled(y.shape, c.seed + 2)));
          };
          return [grad(fn)(x)];
        }),
      ),
      { numRuns: 40 },
    );
  });

  const dtypes = ['float32', 'int32', 'bool'] as const;
  const shapes = record({
    shape: array(integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    seed: integer({ min: 1, max: 1000 }),
  });
  /** Numbers of which some are 0, some large, some fractions. */
  const some = (shape: number[], seed: number, dtype: (typeof dtypes)[number]) => {
    const values = filled(shape, seed, 3).dataSync();
    const wanted = dtype === 'float32' ? values : values.map((value) => Math.round(value) * 128);
    return dtype === 'bool'
      ? tensor(
          Uint8Array.from(wanted, (value) => (value ? 1 : 0)),
          shape,
          'bool',
        )
      : tensor(wanted, shape, dtype);
  };

  const ops: Record<string, (x: Tensor, other: Tensor) => Tensor[]> = {
    'cast to bool': (x) => [cast(x, 'bool'), cast(mul(cast(x, 'float32'), 0.01), 'bool')],
    clipByValue: (x) => (x.dtype === 'bool' ? [] : [clipByValue(x, -2, 1)]),
    stridedSlice: (x) => [
      stridedSlice(
        x,
        x.shape.map(() => 0),
        x.shape,
        x.shape.map((_, axis) => (axis % 2) + 1),
      ),
      stridedSlice(x, [-1], [-5], [-1], 0, 0, 0, 0, 0),
      stridedSlice(x, [0], [1], [1], 0, 0, 0, 0, 1),
    ],
    where: (x, other) => [
      where(cast(other, 'bool'), x, other),
      where(greater(cast(x, 'int32'), 0), other, x),
    ],
    reverse: (x) => [reverse(x), reverse(x, 0), reverse(x, [-1])],
    'sum and gather of nothing': (x) => {
      const none = slice(x, 0, 0);
      return [
        ...(x.dtype === 'bool' ? [] : [sum(none), sum(none, 0), sum(none, -1, true)]),
        gather(x, tensor([], [0], 'int32')),
        gather(x, tensor([], [2, 0], 'int32'), x.rank - 1),
      ];
    },
  };
  for (const [name, op] of Object.entries(ops)) {
    for (const dtype of dtypes) {
      it(`${name} of ${dtype}`, async () => {
        await assert(
          asyncProperty(shapes, ({ shape, seed }) =>
            expectSame(() => op(some(shape, seed, dtype), some(shape, seed + 1, dtype))),
          ),
          { numRuns: 20 },
        );
      });
    }
  }

  it('are registered once', () => {
    const before = getKernelsForBackend('wasm');
    registerWasmKernels();
    expect(getKernelsForBackend('wasm')).toEqual(before);
  });
});
