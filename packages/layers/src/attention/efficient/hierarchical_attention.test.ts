import { jit } from '@chui/runtime';
import { concat, gather, ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../../test/support/layer_contract.js';
import { gruStep, type Matrix, type Vector } from '../../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../../test/support/values.js';
import { encoderBlock } from '../../block/encoder_block.js';
import { linear } from '../../feed_forward/linear.js';
import { lstm } from '../../recurrent/lstm.js';
import { type HierarchicalAttentionArgs, hierarchicalAttention } from './hierarchical_attention.js';

describe('HierarchicalAttention', () => {
  const [B, N, W, D, U] = [2, 3, 4, 2, 2];
  const words = () => filled([B, N, W, D], 1);
  /** Padded and full sentences; one in the middle without words. */
  const flags = [
    [
      [1, 1, 1, 1],
      [1, 1, 0, 0],
      [0, 0, 0, 0],
    ],
    [
      [1, 0, 1, 1],
      [0, 0, 0, 0],
      [1, 0, 0, 0],
    ],
  ];
  const mask = () => tensor(flags, [B, N, W], 'int32');
  const make = (args: Partial<HierarchicalAttentionArgs> = {}) =>
    hierarchicalAttention({ units: U, returnWeights: true, ...args });

  onEveryBackend((backend) => {
    describe('alone', () =>
      layerContract({
        make: () => hierarchicalAttention({ units: 1 }),
        inputs: () => [filled([1, 2, 2, 1], 1)],
      }));
    describe('with a mask, weights and encoders that are given', () =>
      layerContract({
        make: () =>
          make({
            units: 1,
            wordEncoder: linear({ units: 2 }),
            sentenceEncoder: 'none',
            normalization: 'weightedSoftmax',
          }),
        inputs: () => [words(), mask()],
      }));

    test('agrees with loops in float64', () =>
      scoped((own) => {
        const layer = own(make());
        apply(layer, [words(), mask()]);
        fillWeights(layer, 5);
        expectSame(apply(layer, [words(), mask()]), oracle(words(), layer.getWeights()), 2e-6);
      }));

    test('sees nothing of masked words, wherever they stand', () =>
      scoped((own) => {
        for (const encoders of [{}, { wordEncoder: 'none', sentenceEncoder: 'none' }] as const) {
          const layer = own(make(encoders));
          apply(layer, [words(), mask()]);
          fillWeights(layer, 5);
          const [document, ofWords, ofSentences] = apply(layer, [words(), mask()]) as [
            Tensor,
            Tensor,
            Tensor,
          ];
          const amid = (x: Tensor, others: Tensor, axis: number, places: number[]) =>
            gather(concat([x, others], axis), tensor(places, [places.length], 'int32'), axis);

          const amidWords = (x: Tensor, others: Tensor) => amid(x, others, 2, [0, 4, 1, 5, 2, 3]);
          const moreWords = [
            amidWords(words(), filled([B, N, 2, D], 7)),
            amidWords(mask(), zeros([B, N, 2], 'int32')),
          ];
          expectSame(apply(layer, moreWords), [document, amidWords(ofWords, zeros([B, N, 2])), ofSentences]);

          const amidSentences = (x: Tensor, others: Tensor) => amid(x, others, 1, [0, 3, 1, 2]);
          const moreSentences = [
            amidSentences(words(), filled([B, 1, W, D], 8)),
            amidSentences(mask(), zeros([B, 1, W], 'int32')),
          ];
          expectSame(apply(layer, moreSentences), [
            document,
            amidSentences(ofWords, zeros([B, 1, W])),
            amidSentences(ofSentences, zeros([B, 1])),
          ]);
        }
      }));

    test('makes zeros of a document without words, with zero gradients', () =>
      scoped((own) => {
        const layer = own(make());
        const inputs = [words(), zeros([B, N, W], 'bool')];
        for (const each of [...apply(layer, inputs), ...layerGradients(layer, inputs)]) {
          expect(each.dataSync().every((value) => value === 0)).toBe(true);
        }
      }));

    if (backend === 'native') {
      test('is recorded, with its gradients', () =>
        scoped((own) => {
          const layer = own(make());
          const outcome = (of: Tensor) => [
            ...apply(layer, [of, mask()]),
            ...layerGradients(layer, [of, mask()]),
          ];
          const expected = outcome(words());
          const recorded = jit(outcome);
          try {
            expectSame(recorded(words()), expected, 1e-5);
          } finally {
            recorded.dispose();
          }
        }));
    }
  });

  test('takes any layer of sequences as an encoder', () =>
    scoped((own) => {
      const layer = own(
        make({
          wordEncoder: encoderBlock({ numHeads: 1, hiddenDim: 3, returnWeights: true }),
          sentenceEncoder: lstm({ units: 3, direction: 'both' }),
        }),
      );
      expect(apply(layer, [words(), mask()]).map(({ shape }) => shape)).toEqual([
        [B, 6],
        [B, N, W],
        [B, N],
      ]);
    }));

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => make({ units: 0.5 })).toThrow('units must be a positive integer, but is 0.5');
      expect(() => make({ wordEncoder: layers.dense({ units: 1 }) as never })).toThrow(
        'wordEncoder must be none or a layer of chui, but is Dense',
      );
      const both = linear({ units: 2 });
      expect(() => make({ wordEncoder: both, sentenceEncoder: both })).toThrow(
        'sentenceEncoder must be another layer than wordEncoder, but is the same',
      );
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(make(), inputs)).toThrow(message);
      fails(
        [ones([2, 3, 4])],
        'words must be of rank 4 (batch, sentences, words, width), but have shape [2,3,4]',
      );
      fails([words(), ones([B, N])], 'mask must be of shape (2, 3, 4), but has shape [2,3]');
    }));

  /** [document, word weights, sentence weights] with the weights of a layer of two directions, one number at a time. */
  function oracle(x: Tensor, given: Tensor[]): Tensor[] {
    const weights = given.map((each) => each.arraySync());
    /** States of a sequence, of which masked ones are skipped. */
    const encode = (sequence: Matrix, seen: Vector, from: number): Matrix => {
      const ways = [false, true].map((backwards, way) => {
        let state = Array<number>(U).fill(0);
        const states: Matrix = sequence.map(() => Array(U).fill(0));
        const order = [...sequence.keys()].filter((t) => seen[t]);
        for (const t of backwards ? order.reverse() : order) {
          const cell = weights.slice(from + 4 * way, from + 4 * way + 4) as [Matrix, Matrix, Vector, Vector];
          [state] = gruStep(sequence[t]!, [state], cell);
          states[t] = state;
        }
        return states;
      });
      return sequence.map((_, t) => ways.flatMap((states) => states[t]!));
    };
    const pool = (states: Matrix, seen: Vector, from: number) => {
      const [context, kernel, bias] = weights.slice(from, from + 3) as [Matrix, Matrix, Vector];
      const raised = states.map((h, t) => {
        const hidden = bias.map((b, u) =>
          Math.tanh(h.reduce((sum, value, i) => sum + value * kernel[i]![u]!, b)),
        );
        return seen[t] ? Math.exp(hidden.reduce((sum, value, u) => sum + value * context[u]![0]!, 0)) : 0;
      });
      const total = raised.reduce((a, b) => a + b, 0);
      const alpha = raised.map((value) => (total > 0 ? value / total : 0));
      const vector = states[0]!.map((_, i) => states.reduce((sum, h, t) => sum + alpha[t]! * h[i]!, 0));
      return { alpha, vector };
    };
    const documents = (x.arraySync() as Matrix[][]).map((document, b) => {
      const sentences = document.map((sentence, n) =>
        pool(encode(sentence, flags[b]![n]!, 0), flags[b]![n]!, 8),
      );
      const seen = flags[b]!.map((sentence) => Math.max(...sentence));
      const vectors = sentences.map(({ vector }) => vector);
      return { sentences, whole: pool(encode(vectors, seen, 11), seen, 19) };
    });
    return [
      tensor(documents.map(({ whole }) => whole.vector)),
      tensor(documents.map(({ sentences }) => sentences.map(({ alpha }) => alpha))),
      tensor(documents.map(({ whole }) => whole.alpha)),
    ];
  }
});
