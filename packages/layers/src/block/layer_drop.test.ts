import { jit, setSeed } from '@chui/runtime';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { feedForward } from '../feed_forward/feed_forward.js';
import { linear } from '../feed_forward/linear.js';
import { layerDrop } from './layer_drop.js';

const make = (rate = 0.4) => layerDrop({ layer: feedForward({ hiddenDim: 5 }), rate });

onEveryBackend((backend) => {
  layerContract({ make, inputs: () => [filled([2, 3, 4], 1)] });

  test('leaves its layer out as often as the rate says, in training only', () =>
    scoped((own) => {
      const layer = own(make());
      const x = filled([2, 3, 4], 1);
      apply(layer, [x]);
      fillWeights(layer, 2);
      const [y] = apply(layer, [x]) as [Tensor];
      const run = (of: Tensor) => layer.call(of, { training: true });
      const recorded = backend === 'native' ? jit(run) : undefined;
      setSeed(3);
      const left = Array.from({ length: 200 }, () => {
        const found = (recorded ?? run)(x) as Tensor;
        const isLeft = found.dataSync()[0] === x.dataSync()[0];
        expectSame([found], [isLeft ? x : y], 1e-6);
        found.dispose();
        return isLeft;
      }).filter(Boolean).length;
      expect(left / 200).toBeGreaterThan(0.3);
      expect(left / 200).toBeLessThan(0.5);
      recorded?.dispose();
    }));
});

test('takes only rates and layers that there are', () => {
  expect(() => make(1)).toThrow('rate must be at least 0 and below 1, but is 1');
  const x = zeros([1, 2, 4]);
  expect(() => apply(layerDrop({ layer: linear({ units: 3 }), rate: 0.1 }), [x])).toThrow(
    'layer must put out the shape of its first input, [1,2,4], but puts out [1,2,3]',
  );
  x.dispose();
});
