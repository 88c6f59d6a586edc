import { concat, mul, scalar, slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, expectSame, fillWeights, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { multiHeadAttention } from './multi_head_attention.js';

describe('MultiHeadAttention', () => {
  const [batch, length, width, capacity] = [2, 5, 6, 8];
  const args = { numHeads: 2, keyDim: 3, valueDim: 4, returnWeights: true };

  onEveryBackend(() => {
    test.each([false, true])('decodes with a cache as it attends causally, with a mask: %s', (masked) =>
      scoped((own) => {
        const layer = own(multiHeadAttention({ ...args, causal: true }));
        const x = filled([batch, length, width], 1);
        apply(layer, [x, x, x]);
        fillWeights(layer, 2);
        const slots = tensor([1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0], [batch, capacity], 'int32');
        const mask = masked ? slots : undefined;
        const known = mask && slice(mask, [0, 0], [batch, length]);
        const [context, weights] = layer.attend({ query: x, mask: known }) as [Tensor, Tensor];

        // What a slot holds before it is written must not matter.
        let cache = [mul(filled([batch, 2, capacity, 3], 3), 9), mul(filled([batch, 2, capacity, 4], 4), 9)];
        const steps = Array.from({ length }, (_, position) => {
          const step = layer.attendCached({
            query: slice(x, [0, position, 0], [batch, 1, width]),
            cache,
            position: masked ? scalar(position, 'int32') : tensor([position], [1], 'int32'),
            mask,
          });
          expect(step.cache[0]!.shape).toEqual([batch, 2, capacity, 3]);
          cache = step.cache;
          return step;
        });
        const all = concat(
          steps.map((step) => step.weights!),
          2,
        ); // (B, H, T, C)
        const unseen = zeros([batch, 2, length, capacity - length]);
        expectSame(
          [
            concat(
              steps.map((step) => step.context),
              1,
            ),
            all,
          ],
          [context, concat([weights, unseen], 3)],
          1e-5,
        );
      }),
    );

    test('looks at different heads of a mask with each of its heads', () =>
      scoped((own) => {
        const layer = own(multiHeadAttention(args));
        const query = filled([1, 2, width], 5);
        const [, weights] = layer.attend({ query, mask: tensor([1, 0, 0, 1], [1, 2, 1, 2], 'bool') }) as [
          Tensor,
          Tensor,
        ];
        expectSame([weights], [tensor([1, 0, 1, 0, 0, 1, 0, 1], [1, 2, 2, 2])]);
      }));
  });

  test('names what is wrong with its options', () => {
    const fails = (options: object, message: string) =>
      expect(() => multiHeadAttention({ ...args, ...options })).toThrow(message);
    fails({ numHeads: 0 }, 'numHeads must be a positive integer, but is 0');
    fails({ keyDim: 1.5 }, 'keyDim must be a positive integer, but is 1.5');
    fails({ valueDim: -1 }, 'valueDim must be a positive integer, but is -1');
    fails({ outputDim: 0 }, 'outputDim must be a positive integer, but is 0');
    fails({ dropout: 1 }, 'dropout must be at least 0 and below 1, but is 1');
  });
});

describe('attend', () => {
  onEveryBackend(() => {
    test('takes the query for the key and the key for the value', () =>
      scoped((own) => {
        const layer = own(multiHeadAttention({ numHeads: 2, keyDim: 3 }));
        const [query, key, mask] = [
          filled([2, 3, 4], 1),
          filled([2, 5, 4], 2),
          tensor([1, 1, 0, 0, 1], [1, 5]),
        ];
        expectSame([layer.attend({ query }) as Tensor], apply(layer, [query, query, query]));
        expectSame([layer.attend({ query, key, mask }) as Tensor], apply(layer, [query, key, key, mask]));
      }));

    test('takes symbols as it takes tensors', () =>
      scoped((own) => {
        const layer = multiHeadAttention({ numHeads: 2, keyDim: 3, returnWeights: true });
        const [query, mask] = [input({ shape: [null, 4] }), input({ shape: [null], dtype: 'int32' })];
        const outputs = layer.attend({ query, mask }) as SymbolicTensor[];
        expect(outputs.map(({ shape }) => shape)).toEqual([
          [null, null, 4],
          [null, 2, null, null],
        ]);
        const made = own(model({ inputs: [query, mask], outputs }));
        const x = [filled([2, 3, 4], 1), tensor([1, 1, 0, 0, 1, 1], [2, 3], 'int32')] as const;
        expectSame(made.predict([...x]) as Tensor[], layer.attend({ query: x[0], mask: x[1] }) as Tensor[]);
      }));
  });
});
