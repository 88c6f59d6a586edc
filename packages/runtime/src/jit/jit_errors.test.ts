import '@tensorflow/tfjs-layers';
import {
  add,
  engine,
  keep,
  mul,
  scalar,
  softmax,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { sparseSoftmaxCrossEntropy } from '../ops/index.js';
import { randomNormal, setSeed } from '../random/index.js';
import { jit } from './index.js';

const values = (tensor: unknown) => [...(tensor as Tensor).dataSync()];

describe.skipIf(!inject('hasNativeBackend'))(
  'a recorded function throws, and leaves everything as it was,',
  () => {
    beforeAll(async () => {
      await useBackend('native');
    });
    leavesMemoryAsItWas();

    const failing: Record<string, [(x: Tensor) => unknown, string]> = {
      'when it reads a value': [
        (x) => mul(x, sum(x).dataSync()[0]!),
        'a value must not be read while a function is recorded, but the function reads one (at ',
      ],
      'when it makes a shape that depends on data': [
        (x) => engine().runKernel('Unique' as never, { x } as never, { axis: 0 } as never),
        'UniqueV2 cannot be recorded: the shape of its result depends on data (at ',
      ],
      'when it throws': [
        (x) => {
          mul(x, 2);
          throw new Error('my own');
        },
        'my own',
      ],
      'when it keeps what depends on its arguments': [
        (x) => keep(mul(x, 2)),
        'a recorded function must return what it computes of its arguments, but keeps a tensor of shape [2]',
      ],
      'when it is asynchronous': [async (x) => mul(x, 2), 'a recorded function must not be asynchronous'],
    };
    for (const [when, [fn, message]] of Object.entries(failing)) {
      it(when, () => {
        const state = tidy(() => variable(tensor1d([1, 2])));
        const step = jit((x: Tensor1D) => {
          state.assign(add(state, x));
          const result = fn(x);
          return when.startsWith('when it keeps') ? sum(x) : result;
        });
        tidy(() => {
          for (let attempt = 0; attempt < 2; attempt++) {
            expect(() => step(tensor1d([1, 1]))).toThrow(message);
            if (message.endsWith('(at '))
              expect(() => step(tensor1d([1, 1]))).toThrow(/jit_errors\.test\.ts:\d+:\d+\)$/);
            expect(values(state)).toEqual([1, 2]);
          }
          expect(step.stats()).toMatchObject({ recordings: 0, hits: 0 });
          setSeed(1);
          const drawn = values(randomNormal([2]));
          setSeed(1);
          expect(() => step(tensor1d([1, 1]))).toThrow(message);
          expect(values(randomNormal([2]))).toEqual(drawn);
        });
        state.dispose();
      });
    }

    it('when a variable that it read is gone', () => {
      const state = tidy(() => variable(scalar(2)));
      const fn = jit((x: Tensor) => mul(x, state));
      tidy(() => {
        expect(values(fn(scalar(3)))).toEqual([6]);
        state.dispose();
        expect(() => fn(scalar(3))).toThrow(
          `the variable ${state.name} was disposed, but a recorded function reads it`,
        );
      });
      fn.dispose();
    });

    it('when TensorFlow refuses the values', () => {
      const state = tidy(() => variable(scalar(2)));
      const fn = jit((logits: Tensor2D, labels: Tensor1D) => {
        state.assign(add(state, 1));
        return sparseSoftmaxCrossEntropy(softmax(logits), labels);
      });
      tidy(() => {
        const logits = tensor2d([1, 2], [1, 2]);
        fn(logits, tensor1d([1], 'int32'));
        expect(() => fn(logits, tensor1d([2], 'int32'))).toThrow('label');
        expect(values(state)).toEqual([3]);
      });
      fn.dispose();
      state.dispose();
    });
  },
);
