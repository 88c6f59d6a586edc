import { tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, expectSame, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { rmsNorm } from './rms_norm.js';

onEveryBackend(() => {
  layerContract({ make: () => rmsNorm({ epsilon: 0.01 }), inputs: () => [filled([2, 3, 4], 1)] });

  test('divides by the root of the mean square, however large', () =>
    scoped((own) => {
      const layer = own(rmsNorm());
      expectSame(apply(layer, [tensor([[3, 4, 0, 0]])]), [tensor([[1.2, 1.6, 0, 0]])], 1e-5);
      expectSame(apply(layer, [tensor([[3e9, 4e9, 0, 0]])]), [tensor([[1.2, 1.6, 0, 0]])], 1e-5);
      expectSame(apply(layer, [tensor([[0, 0, 0, 0]])]), [tensor([[0, 0, 0, 0]])], 0);
    }));
});

test('names what is wrong', () => {
  expect(() => rmsNorm({ epsilon: 0 })).toThrow('epsilon must be positive, but is 0');
});
