import { slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { additiveAttention } from '../attention/additive_attention.js';
import { linearAttention } from '../attention/efficient/linear_attention.js';
import { slidingWindowAttention } from '../attention/efficient/sliding_window_attention.js';
import { generalAttention } from '../attention/general_attention.js';
import { groupedQueryAttention } from '../attention/grouped_query_attention.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { gatedFeedForward } from '../feed_forward/gated_feed_forward.js';
import { linear } from '../feed_forward/linear.js';
import { rmsNorm } from '../norm/rms_norm.js';
import { rotaryPositions } from '../position/rotary_positions.js';
import { decoderBlock } from './decoder_block.js';
import { encoderBlock } from './encoder_block.js';

const [B, T, D] = [2, 4, 4];
const x = () => filled([B, T, D], 1);
const row = (of: Tensor, t: number) => slice(of, [0, t, 0], [B, 1, D]);

/** As in Llama. */
const llama = () => ({
  attention: groupedQueryAttention({
    numHeads: 2,
    numKeyValueHeads: 1,
    causal: true,
    useBias: false,
    positions: rotaryPositions(),
  }),
  feedForward: gatedFeedForward({ hiddenDim: 3 }),
  normLayer: rmsNorm(),
  norm: 'pre' as const,
});

onEveryBackend(() => {
  describe('an encoder block of other parts', () =>
    layerContract({ make: () => encoderBlock(llama()), inputs: () => [x()] }));
  describe('a decoder block of other parts', () =>
    layerContract({
      make: () =>
        decoderBlock({
          ...llama(),
          norm: 'sandwich',
          crossAttention: multiHeadAttention({ numHeads: 2, keyDim: 3 }),
        }),
      inputs: () => [x(), filled([B, 3, 5], 2)],
    }));

  test.each([
    ['multi-head attention', () => ({ numHeads: 2, causal: true })],
    ['another with heads', llama],
    ['one without heads', () => ({ attention: additiveAttention({ units: 3, causal: true }) })],
    ['one with a state', () => ({ attention: linearAttention({ numHeads: 2, causal: true }) })],
    ['a window', () => ({ attention: slidingWindowAttention({ numHeads: 2, windowSize: 1, causal: true }) })],
  ] as const)('a causal block makes steps of what it makes at once: %s', (_, parts) =>
    scoped((own) => {
      const block = own(encoderBlock({ hiddenDim: 3, ...parts() }));
      apply(block, [x()]);
      fillWeights(block, 3);
      const [whole] = apply(block, [x()]) as [Tensor];
      let cache = block.emptyCache(B, T + 1);
      for (let t = 0; t < T; t++) {
        const step = block.step({ x: row(x(), t), cache, position: tensor([t], [1], 'int32') });
        cache = step.cache;
        expectSame([step.y], [row(whole, t)], 1e-5);
      }
    }),
  );

  test('weights are those of the attention that is given', () =>
    scoped((own) => {
      const attention = generalAttention({ returnWeights: true });
      const block = own(encoderBlock({ attention, hiddenDim: 3 }));
      const outputs = apply(block, [x()]);
      expect(block.selfAttention).toBe(attention);
      expect(outputs.map(({ shape }) => shape)).toEqual([
        [B, T, D],
        [B, T, T],
      ]);
    }));
});

test('names the part that does not fit', () => {
  expect(() => encoderBlock({ hiddenDim: 3 })).toThrow('numHeads must be given, but is not');
  expect(() => encoderBlock({ numHeads: 2 })).toThrow('hiddenDim must be given, but is not');
  expect(() => encoderBlock({ numHeads: 2, hiddenDim: 3, norm: 'none' as 'pre' })).toThrow(
    'norm must be one of post, pre, sandwich, but is none',
  );
  const attention = generalAttention({});
  const feedForward = gatedFeedForward({ hiddenDim: 3 });
  encoderBlock({ numHeads: 2, feedForward });
  expect(() => encoderBlock({ numHeads: 2, feedForward })).toThrow(
    'feed_forward must be a layer of one owner, but is a part of ',
  );
  expect(() => encoderBlock({ attention, hiddenDim: 3, causal: true })).toThrow(
    'causal must be left to the attention that is given',
  );
  expect(() => decoderBlock({ attention, hiddenDim: 3, numHeads: 2 })).toThrow(
    'attention must be causal in a decoder, but is not',
  );
  expect(() => encoderBlock({ attention: linear({ units: 3 }) as never, hiddenDim: 3 })).toThrow(
    'attention must be an attention, but is ChuiLinear',
  );
  expect(() =>
    decoderBlock({ crossAttention: generalAttention({}) as never, numHeads: 2, hiddenDim: 3 }),
  ).toThrow('crossAttention must be an attention with heads, but is ChuiGeneralAttention');
  scoped((own) => {
    const wide = own(
      encoderBlock({ attention: multiHeadAttention({ numHeads: 2, outputDim: 3 }), hiddenDim: 3 }),
    );
    expect(() => wide.apply(x())).toThrow('attention must put out the width 4, but puts out 3');
    const narrow = own(encoderBlock({ numHeads: 2, feedForward: linear({ units: 3 }) }));
    expect(() => narrow.apply(x())).toThrow('feedForward must put out the width 4, but puts out 3');
  });
});
