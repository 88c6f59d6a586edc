import { engine, mul, sum, type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import { expectSame, fillWeights, scoped } from '../../../../../test/support/layer_contract.js';
import { filled, values } from '../../../../../test/support/values.js';
import { rotaryPositions } from '../../position/rotary_positions.js';
import type { Attention } from '../attention.js';
import { BlockSparseAttention } from './block_sparse_attention.js';
import { SlidingWindowAttention } from './sliding_window_attention.js';
import type { SparseAttentionArgs } from './sparse_attention.js';
import { StridedAttention } from './strided_attention.js';

const kinds: Record<
  string,
  { make(args: SparseAttentionArgs): Attention; sees?(i: number, j: number): boolean }
> = {
  'a window smaller than a block': {
    make: (args) => new SlidingWindowAttention({ windowSize: 3, ...args }),
    sees: (i, j) => Math.abs(i - j) <= 3,
  },
  'a window as large as a block': {
    make: (args) => new SlidingWindowAttention({ windowSize: 33, ...args }),
    sees: (i, j) => Math.abs(i - j) <= 33,
  },
  strides: {
    make: (args) => new StridedAttention({ stride: 7, ...args }),
    sees: (i, j) => Math.abs(i - j) < 7 || (i - j) % 7 === 0,
  },
  'blocks, two of them at random': {
    make: (args) => new BlockSparseAttention({ blockSize: 8, numRandomBlocks: 2, seed: 5, ...args }),
  },
  'blocks beside each other': {
    make: (args) => new BlockSparseAttention({ blockSize: 8, numRandomBlocks: 0, ...args }),
    sees: (i, j) => Math.abs(Math.floor(i / 8) - Math.floor(j / 8)) <= 1,
  },
};

const cases: Record<
  string,
  Partial<SparseAttentionArgs> & { length?: number; source?: number; masked?: boolean; rotates?: boolean }
> = {
  'every slot': {},
  'the past': { causal: true },
  'slots of a mask': { masked: true },
  'the past of a mask, with global tokens': { masked: true, causal: true, numGlobalTokens: 3 },
  'global tokens, more than a block': { numGlobalTokens: 10, masked: true },
  'fewer slots than queries': { source: 40, numGlobalTokens: 1 },
  'more slots than queries': { length: 40, source: 70, numGlobalTokens: 1 },
  'turned queries and keys, by sparsemax': { rotates: true, normalization: 'sparsemax' },
};

const [batch, dim, numHeads] = [2, 8, 2];

describe.each(Object.entries(kinds))('%s', (_, { make, sees }) => {
  onEveryBackend(() => {
    for (const [name, { length = 70, source = length, masked, rotates, ...args }] of Object.entries(cases)) {
      test(`gives what attention to all pairs gives under its pattern: ${name}`, () =>
        scoped((own) => {
          const [layer, dense] = [false, true].map((returnWeights) => {
            const positions = rotates ? rotaryPositions() : undefined;
            return own(make({ numHeads, ...args, positions, returnWeights }));
          }) as [Attention, Attention];
          const query = filled([batch, length, dim], 1);
          const memory = filled([batch, source, dim], 2);
          const flags = Array.from(values(batch * source, 3), (value) => Number(value > -0.3));
          const mask = masked ? tensor(flags, [batch, source], 'int32') : undefined;
          const inputs = { query, key: memory, value: memory, mask };
          for (const each of [layer, dense]) {
            each.attend(inputs);
            fillWeights(each, 4);
          }
          const outcome = (of: Attention) => {
            const points = [query, memory, ...of.trainableWeights.map((w) => w.read() as Variable)];
            const context = [of.attend(inputs)].flat()[0]!;
            const loss = () => sum(mul([of.attend(inputs)].flat()[0]!, filled(context.shape, 5))).asScalar();
            return [context, ...tidy(() => engine().gradients(loss, points).grads)];
          };
          expectSame(outcome(layer), outcome(dense), 2e-5);
        }));
    }
  });

  test('is under the pattern that it says', () =>
    scoped((own) => {
      const layer = own(make({ numHeads, returnWeights: true, numGlobalTokens: 2 }));
      const [, weights] = layer.attend({ query: filled([1, 40, dim], 1) }) as [Tensor, Tensor];
      const read = weights.arraySync() as number[][][][];
      for (let i = 0; i < 40; i++) {
        const seen = read[0]![0]![i]!.map((weight) => weight > 0);
        if (sees) expect(seen).toEqual(seen.map((_, j) => i < 2 || j < 2 || sees(i, j)));
        else if (i >= 2) {
          const blocks = new Set(seen.flatMap((is, j) => (is ? [Math.floor(j / 8)] : [])));
          // Its own and those beside it, two others, and the one with the global tokens.
          const near = [i, i - 8, i + 8]
            .map((j) => Math.floor(j / 8))
            .filter((block) => block >= 0 && block < 5);
          for (const block of near) expect(blocks.has(block)).toBe(true);
          expect(blocks.size).toBeGreaterThanOrEqual(Math.min(5, near.length + 2));
        }
      }
    }));
});

test('takes only sizes that there are', () => {
  expect(() => new SlidingWindowAttention({ numHeads: 1, windowSize: 0 })).toThrow(
    'windowSize must be a positive integer, but is 0',
  );
  expect(() => new StridedAttention({ numHeads: 1, stride: 1.5 })).toThrow(
    'stride must be a positive integer, but is 1.5',
  );
  expect(() => new BlockSparseAttention({ numHeads: 1, numRandomBlocks: -1 })).toThrow(
    'numRandomBlocks must be an integer of at least 0, but is -1',
  );
  expect(() => new BlockSparseAttention({ numHeads: 1, numGlobalTokens: 0.5 })).toThrow(
    'numGlobalTokens must be an integer of at least 0, but is 0.5',
  );
});
