import { engine, mul, sum, type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import { expectSame, fillWeights, scoped } from '../../../../../test/support/layer_contract.js';
import { filled, values } from '../../../../../test/support/values.js';
import { attendInChunks } from '../../ops/attend_in_chunks.js';
import { alibiPositions } from '../../position/alibi_positions.js';
import { rotaryPositions } from '../../position/rotary_positions.js';
import type { Attention } from '../attention.js';
import { type MultiHeadAttentionArgs, multiHeadAttention } from '../multi_head_attention.js';
import { chunkedAttention } from './chunked_attention.js';

const [batch, dim, numHeads] = [2, 8, 2];

type Case = Partial<MultiHeadAttentionArgs> & { length?: number; source?: number; mask?: number[] };
const cases: Record<string, Case> = {
  'every slot': {},
  'the past': { causal: true },
  'slots of a mask': { mask: [batch, 21] },
  'the past of a mask of slots': { causal: true, mask: [batch, 21] },
  'pairs of a mask': { mask: [1, 21, 21] },
  'the past of pairs of heads': { causal: true, mask: [batch, numHeads, 21, 21] },
  'fewer slots than queries': { source: 9, mask: [batch, 9] },
  'fewer slots of the past': { source: 9, causal: true },
  'more slots than queries': { length: 9, source: 21, causal: true },
  'turned queries and keys, and a scale': { positions: rotaryPositions(), scale: 0.3 },
  'scores with positions': { positions: alibiPositions(), causal: true },
};

describe.each(Object.entries(cases))('%s', (_, { length = 21, source = length, mask: shape, ...args }) => {
  onEveryBackend(() => {
    test('is read as multi-head attention reads it', () =>
      scoped((own) => {
        const positions = args.positions && {
          positions: { className: (args.positions as { getClassName(): string }).getClassName(), config: {} },
        };
        const layers = [
          own(chunkedAttention({ numHeads, chunkLength: 5, ...args, ...positions })),
          own(multiHeadAttention({ numHeads, ...args, ...positions, returnWeights: true })),
        ];
        const query = filled([batch, length, dim], 1);
        const memory = filled([batch, source, dim], 2);
        const flags = (of: number[]) =>
          Array.from(
            values(
              of.reduce((a, b) => a * b),
              3,
            ),
            (value) => Number(value > -0.3),
          );
        const mask = shape && tensor(flags(shape), shape, 'int32');
        const inputs = { query, key: memory, value: memory, mask };
        const outcome = (layer: Attention) => {
          const read = () => [layer.attend(inputs)].flat()[0]!;
          read();
          fillWeights(layer, 4);
          const context = read();
          const points = [query, memory, ...layer.trainableWeights.map((w) => w.read() as Variable)];
          const loss = () => sum(mul(read(), filled(context.shape, 5))).asScalar();
          return [context, ...tidy(() => engine().gradients(loss, points).grads)];
        };
        const [found, expected] = layers.map(outcome) as [Tensor[], Tensor[]];
        expectSame(found, expected, 1e-5);
      }));
  });
});

onEveryBackend(() => {
  test('chunks give what the whole gives, with gradients, where no op does it', () =>
    scoped(() => {
      const [q, k, v] = [1, 2, 3].map((seed) => filled([1, 2, 12, 4], seed)) as [Tensor, Tensor, Tensor];
      const allowed = tensor(
        Array.from(values(24, 4), (value) => Number(value > -0.3)),
        [1, 2, 1, 12],
      );
      for (const causal of [false, true]) {
        const outcome = (chunkLength: number) => {
          const read = () => attendInChunks(q, k, v, { chunkLength, causal, allowed });
          const loss = () => sum(mul(read(), filled([1, 2, 12, 4], 5))).asScalar();
          return [read(), ...tidy(() => engine().gradients(loss, [q, k, v]).grads)];
        };
        const whole = outcome(12);
        for (const chunkLength of [1, 5, 20]) expectSame(outcome(chunkLength), whole, 1e-5);
      }
    }));
});

test('takes no dropout, and only chunks that there are', () => {
  expect(() => chunkedAttention({ numHeads, dropout: 0.1 })).toThrow(
    'dropout must be 0 for chunked attention, but is 0.1',
  );
  expect(() => chunkedAttention({ numHeads, chunkLength: 0 })).toThrow(
    'chunkLength must be a positive integer, but is 0',
  );
});
