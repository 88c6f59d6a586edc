import { jit } from '@chui/runtime';
import {
  abs,
  concat,
  matMul,
  max,
  reverse,
  slice,
  sub,
  type Tensor,
  tensor,
  zeros,
} from '@tensorflow/tfjs-core';
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
import { groupedQueryAttention } from '../attention/grouped_query_attention.js';
import type { HeadedAttention, HeadedAttentionArgs } from '../attention/headed_attention.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { alibiPositions } from './alibi_positions.js';
import type { AttentionPositions } from './attention_positions.js';
import { relativeBias } from './relative_bias.js';
import type { RotaryScaling } from './rotary_frequencies.js';
import { type RotaryPositionsArgs, rotaryPositions } from './rotary_positions.js';

const yarn: RotaryScaling = { type: 'yarn', factor: 4, originalMaxPositionEmbeddings: 4, truncate: false };
const rotary: [string, RotaryPositionsArgs][] = [
  ['half', {}],
  ['interleaved, a part of the width', { layout: 'interleaved', rotaryDim: 2 }],
  ['half, a part of the width, scaled', { rotaryDim: 2, base: 50, scaling: yarn }],
  [
    'scaled by tables',
    {
      scaling: {
        type: 'longrope',
        shortFactor: [1, 1.5],
        longFactor: [1, 4],
        originalMaxPositionEmbeddings: 8,
        factor: 2,
      },
    },
  ],
  ['scaled by the length', { scaling: { type: 'dynamic', factor: 2, maxPositionEmbeddings: 8 } }],
];
const kinds: [string, () => AttentionPositions][] = [
  ...rotary.map(([name, args]): [string, () => AttentionPositions] => [
    `RotaryPositions, ${name}`,
    () => rotaryPositions(args),
  ]),
  ['AlibiPositions', () => alibiPositions()],
  ['RelativeBias', () => relativeBias({ numBuckets: 8, maxDistance: 5 })],
  [
    'RelativeBias of what is before',
    () => relativeBias({ numBuckets: 4, maxDistance: 4, bidirectional: false }),
  ],
];

describe.each(kinds)('%s', (name, make) => {
  const turns = name.startsWith('Rotary');

  onEveryBackend((backend) => {
    const heads = 2;
    const second = turns ? () => tensor([2, 0], [2, 1], 'int32') : () => filled([2, heads, 3, 4], 2);
    describe('as a layer', () =>
      layerContract({ make, inputs: () => [filled([2, heads, 2, 4], 1), second()] }));

    test('places each sequence where it begins', () =>
      scoped((own) => {
        const positions = own(make());
        const x = filled([2, heads, 7, 4], 1);
        apply(positions, [x]);
        const first = tensor([4, 1], [2, 1], 'int32');
        const cut = (of: Tensor) =>
          concat(
            [4, 1].map((at, b) =>
              slice(of, [Math.min(b, of.shape[0]! - 1), 0, at, 0], [1, heads, 3, of.shape[3]!]),
            ),
          );
        const [moved, whole] = turns
          ? [positions.turn(cut(x), first), positions.turn(x)]
          : [positions.bias(3, 7, first)!, positions.bias(7, 7)!];
        expectSame([moved], [cut(whole)]);
      }));

    const attentions: [string, (args: Partial<HeadedAttentionArgs>) => HeadedAttention][] = [
      ['multi-head', (args) => multiHeadAttention({ numHeads: 2, positions: make(), ...args })],
      [
        'grouped-query',
        (args) =>
          groupedQueryAttention({ numHeads: 4, numKeyValueHeads: 2, keyDim: 4, positions: make(), ...args }),
      ],
    ];
    test.each(attentions)('decodes with a cache what %s attention attends to causally', (_, attention) =>
      scoped((own) => {
        const layer = own(attention({ causal: true, returnWeights: true }));
        const [batch, length, capacity] = [2, 5, 8];
        const x = filled([batch, length, 8], 5);
        apply(layer, [x, x, x]);
        fillWeights(layer, 6);
        const [context, weights] = layer.attend({ query: x }) as [Tensor, Tensor];
        let cache = layer.emptyCache(batch, capacity);
        const steps = Array.from({ length }, (_, t) => {
          const step = layer.attendCached({
            query: slice(x, [0, t, 0], [batch, 1, 8]),
            cache,
            position: tensor(t % 2 ? [t] : [t, t], t % 2 ? [1] : [2, 1], 'int32'),
          });
          cache = step.cache;
          return step;
        });
        const contexts = steps.map((step) => step.context);
        const rows = steps.map((step) => slice(step.weights!, 0, [batch, layer.numHeads, 1, length]));
        expectSame([concat(contexts, 1), concat(rows, 2)], [context, weights], 1e-5);
      }),
    );

    test('tells the order of the slots, with and without the weights', () =>
      scoped((own) => {
        const x = filled([2, 5, 8], 7);
        const mask = tensor([1, 1, 0, 1, 1, 1, 1, 1, 1, 0], [2, 5], 'int32');
        const [plain, both] = [false, true].map((returnWeights) => {
          const layer = own(multiHeadAttention({ numHeads: 2, positions: make(), returnWeights }));
          apply(layer, [x, x, x]);
          fillWeights(layer, 8);
          const turned = reverse(x, 1);
          const [context, other] = [
            apply(layer, [x, x, x, mask]),
            apply(layer, [x, turned, turned, reverse(mask, 1)]),
          ];
          expect(max(abs(sub(context[0]!, other[0]!))).dataSync()[0]).toBeGreaterThan(0.01);
          return context[0]!;
        });
        expectSame([plain!], [both!], 1e-5);
      }));

    if (backend === 'native') {
      test('is recorded with positions that are known only then', () =>
        scoped((own) => {
          const layer = own(multiHeadAttention({ numHeads: 2, positions: make() }));
          const x = filled([2, 1, 8], 9);
          apply(layer, [x, x, x]);
          const cache = layer.emptyCache(2, 4);
          const step = (position: Tensor) => layer.attendCached({ query: x, cache, position }).context;
          const recorded = jit(step);
          for (const at of [0, 3]) {
            const position = tensor([at], [1], 'int32');
            expectSame([recorded(position)], [step(position)], 1e-5);
          }
          recorded.dispose();
        }));
    }
  });
});

describe('multi-head attention with positions', () => {
  onEveryBackend(() => {
    describe.each([0, kinds.length - 2, kinds.length - 1].map((at) => kinds[at]!))('%s', (_, make) =>
      layerContract({
        make: () =>
          multiHeadAttention({ numHeads: 2, keyDim: 2, useBias: false, causal: true, positions: make() }),
        inputs: () => [3, 4, 5].map((seed) => filled([1, 3, 3], seed)),
      }),
    );
  });
});

describe('RotaryPositions', () => {
  onEveryBackend(() => {
    test.each(rotary.slice(0, 3))('%s: makes scores that depend on the distance alone', (_, args) =>
      scoped((own) => {
        const layer = own(rotaryPositions(args));
        const [queries, keys] = [filled([1, 2, 4, 8], 1), filled([1, 2, 5, 8], 2)];
        apply(layer, [queries]);
        const scores = (moved: number) =>
          matMul(layer.turn(queries, 3 + moved), layer.turn(keys, moved), false, true);
        expectSame([scores(20)], [scores(0)], 1e-5);
        expect(max(abs(sub(scores(0), matMul(queries, keys, false, true)))).dataSync()[0]).toBeGreaterThan(
          0.1,
        );
      }),
    );
  });

  test('names what is wrong with its options', () => {
    const fails = (args: object, message: string) => expect(() => rotaryPositions(args)).toThrow(message);
    fails({ layout: 'other' }, 'layout must be one of half, interleaved, but is other');
    fails({ base: 1 }, 'base must be a number above 1, but is 1');
    fails({ rotaryDim: 0 }, 'rotaryDim must be a positive integer, but is 0');
    const scaled = (scaling: object, message: string) => fails({ scaling }, `scaling.${message}`);
    scaled({ type: 'other' }, 'type must be one of linear, dynamic, yarn, llama3, longrope, but is other');
    scaled({ type: 'linear' }, 'factor must be a number above zero, but is undefined');
    scaled({ type: 'linear', factor: 0.5 }, 'factor must be at least 1, but is 0.5');
    scaled(
      { type: 'dynamic', factor: 2 },
      'maxPositionEmbeddings must be a number above zero, but is undefined',
    );
    scaled({ ...yarn, betaFast: -1 }, 'betaFast must be a number above zero, but is -1');
    const long = { type: 'longrope', shortFactor: [1, 2], originalMaxPositionEmbeddings: 16 };
    scaled(long, 'longFactor must be a list of numbers above zero, but is undefined');
    scaled({ ...long, longFactor: [1, 0] }, 'longFactor must be a list of numbers above zero, but is 1,0');
    scaled({ ...long, longFactor: [1, 2], factor: 0.5 }, 'factor must be at least 1, but is 0.5');
    scaled(
      { type: 'llama3', factor: 8, lowFreqFactor: 4, highFreqFactor: 4, originalMaxPositionEmbeddings: 16 },
      'highFreqFactor must be above lowFreqFactor 4, but is 4',
    );
  });

  test('names what is wrong with its inputs', () =>
    scoped(() => {
      const fails = (args: RotaryPositionsArgs, shape: number[], message: string) =>
        expect(() => rotaryPositions(args).apply(zeros(shape))).toThrow(message);
      fails({}, [2, 3, 4], 'x must be of rank 4 (batch, heads, length, width), but has shape [2,3,4]');
      fails({}, [1, 2, 3, 5], 'rotaryDim must be even, but is 5');
      fails({ rotaryDim: 6 }, [1, 2, 3, 4], 'rotaryDim must not exceed the width of a head 4, but is 6');
    }));
});

describe('biases of positions', () => {
  test('name what is wrong with their inputs', () =>
    scoped(() => {
      const [good, bad] = [zeros([1, 2, 3, 4]), zeros([2, 3, 4])];
      const message = 'must be of rank 4 (batch, heads, length, width), but have shape [2,3,4]';
      expect(() => alibiPositions().apply(bad)).toThrow(`queries ${message}`);
      expect(() => relativeBias().apply([good, bad])).toThrow(`keys ${message}`);
    }));

  test('RelativeBias takes only buckets that can be shared out', () => {
    const fails = (args: object, message: string) => expect(() => relativeBias(args)).toThrow(message);
    fails({ numBuckets: 6 }, 'numBuckets must be a multiple of 4, but is 6');
    fails({ numBuckets: 3, bidirectional: false }, 'numBuckets must be a multiple of 2, but is 3');
    fails({ maxDistance: 8 }, 'maxDistance must be above 8, but is 8');
    fails({ maxDistance: 1.5 }, 'maxDistance must be a positive integer, but is 1.5');
  });
});

test('only positions of an attention may be its positions', () => {
  const positions = multiHeadAttention({ numHeads: 2 }) as unknown as AttentionPositions;
  expect(() => multiHeadAttention({ numHeads: 2, positions })).toThrow(
    'positions must be positions of an attention, such as RotaryPositions, but is ChuiMultiHeadAttention',
  );
});
