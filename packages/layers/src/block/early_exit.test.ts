import { slice, type Tensor } from '@tensorflow/tfjs-core';
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
import { earlyExit } from './early_exit.js';

const make = () =>
  earlyExit({
    blocks: [1, 2, 3].map(() => feedForward({ hiddenDim: 5 })),
    heads: [1, 2, 3].map(() => linear({ units: 3 })),
  });

onEveryBackend(() => {
  layerContract({ make, inputs: () => [filled([2, 3, 4], 1)] });

  test('lets each example leave where a head is sure of it', () =>
    scoped((own) => {
      const layer = own(make());
      const x = filled([5, 2, 4], 2, 2);
      apply(layer, [x]);
      fillWeights(layer, 3);
      const all = apply(layer, [x]) as Tensor[];
      const probabilities = all.map((logits) => {
        const rows = logits.arraySync() as number[][][];
        // Of each example, the likeliest class at the place where that is least likely.
        return rows.map((places) =>
          Math.min(
            ...places.map((each) => {
              const powers = each.map(Math.exp);
              return Math.max(...powers) / powers.reduce((sum, power) => sum + power, 0);
            }),
          ),
        );
      });
      const middle = [...probabilities[0]!].sort()[2]!;
      for (const confidence of [0, middle - 1e-4, 1.1]) {
        const { logits, blocks } = layer.exit(x, { confidence });
        const expected = Array.from({ length: 5 }, (_, example) => {
          const first = probabilities.findIndex((of) => of[example]! >= confidence);
          return first < 0 ? 3 : first + 1;
        });
        expect(blocks).toEqual(expected);
        for (const [example, at] of blocks.entries()) {
          const row = (of: Tensor) => slice(of, [example, 0, 0], [1, 2, 3]);
          expectSame([row(logits)], [row(all[at - 1]!)], 1e-6);
        }
      }
      expect(layer.exit(x, { confidence: middle - 1e-4 }).blocks.some((at) => at > 1)).toBe(true);

      // A batch of sequences of one place each is as sure as the last places of longer ones.
      const last = slice(x, [0, 1, 0], [5, 1, 4]);
      const alone = layer.exit(last, { confidence: middle });
      expect(layer.exit(x, { confidence: middle, places: 'last' }).blocks).toEqual(alone.blocks);
    }));
});

test('has a head for each block', () => {
  expect(() => earlyExit({ blocks: [linear({ units: 2 })], heads: [] })).toThrow(
    'heads must be as many as blocks, 1, and at least 1, but are 0',
  );
});
