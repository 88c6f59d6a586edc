import { concat, gather, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import { apply, expectSame, fillWeights, scoped } from '../../../../../test/support/layer_contract.js';
import { filled } from '../../../../../test/support/values.js';
import { alibiPositions } from '../../position/alibi_positions.js';
import { shawRelativeAttention } from './shaw_relative_attention.js';
import { transformerXlAttention } from './transformer_xl_attention.js';

const [B, T, S, D, H] = [2, 3, 5, 4, 2];
const args = { numHeads: H, returnWeights: true };
const kinds = {
  ShawRelativeAttention: (more: object) => shawRelativeAttention({ ...args, maxDistance: 2, ...more }),
  TransformerXlAttention: (more: object) => transformerXlAttention({ ...args, ...more }),
};
type Made = ReturnType<(typeof kinds)[keyof typeof kinds]>;

/** A layer with weights, made for states of width D. */
function filledLayer<L extends Made>(own: (layer: L) => L, layer: L): L {
  layer.attend({ query: filled([B, S, D], 1) });
  fillWeights(own(layer), 2);
  return layer;
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  onEveryBackend(() => {
    test('decodes sequences of a batch that are at different positions', () =>
      scoped((own) => {
        const layer = filledLayer<Made>(own, make({ causal: true }));
        const x = filled([B, S, D], 3);
        const [context] = layer.attend({ query: x }) as [Tensor, Tensor];
        const { keys, values } = layer.prepare({ key: x });
        const at = [1, 3];
        const row = (of: Tensor, b: number) => slice(of, [b, at[b]!, 0], [1, 1, D]);
        const step = layer.attendCached({
          query: concat([row(x, 0), row(x, 1)]),
          cache: [keys, values],
          position: tensor(at, [B], 'int32'),
        });
        expectSame([step.context], [concat([row(context, 0), row(context, 1)])], 1e-5);
      }));

    test('asks with several queries from a position on', () =>
      scoped((own) => {
        const layer = filledLayer<Made>(own, make({}));
        const x = filled([B, S, D], 3);
        const [context, weights] = layer.attend({ query: x }) as [Tensor, Tensor];
        const first = tensor([2, 1], [B], 'int32');
        const part = (of: Tensor, b: number) => slice(of, [b, 2 - b, 0], [1, T, D]);
        const step = layer.step(concat([part(x, 0), part(x, 1)]), layer.prepare({ key: x }), { first });
        const expected = [0, 1].map((b) => slice(weights, [b, 0, 2 - b, 0], [1, H, T, S]));
        expectSame(
          [step.context, step.weights],
          [concat([part(context, 0), part(context, 1)]), concat(expected)],
          1e-5,
        );
      }));
  });

  test('has no other positions', () => {
    expect(() => make({ positions: alibiPositions() })).toThrow(
      'positions must be left out of relative attention, but are ChuiAlibiPositions',
    );
  });
});

describe('ShawRelativeAttention', () => {
  onEveryBackend(() => {
    test.each([true, false])('agrees with vectors held for each pair, those of values: %s', (ofValues) =>
      scoped((own) => {
        const layer = filledLayer(
          own,
          shawRelativeAttention({ ...args, maxDistance: 1, useValueEmbeddings: ofValues }),
        );
        const [query, key] = [filled([B, T, D], 4), filled([B, S, D], 5)];
        const [context, weights] = apply(layer, [query, key, key]) as [Tensor, Tensor];
        const pairs = tensor(
          Array.from({ length: T * S }, (_, i) => Math.sign((i % S) - Math.floor(i / S)) + 1),
          [T * S],
          'int32',
        );
        const named = (end: string) =>
          layer.weights.find(({ originalName }) => originalName.endsWith(end))?.read();
        const perPair = (end: string) => gather(named(end)!, pairs).reshape([1, 1, T, S, 2]);
        const queries = layer.projections.queries(query).reshape([B, H, T, 1, 2]);
        const keys = layer.projections.keys(key).reshape([B, H, 1, S, 2]).add(perPair('key_embeddings'));
        const values = layer.projections.values(key).reshape([B, H, 1, S, 2]);
        const expected = queries.mul(keys).sum(-1).div(Math.SQRT2).softmax(-1);
        const seen = ofValues ? values.add(perPair('value_embeddings')) : values;
        const heads = expected.reshape([B, H, T, S, 1]).mul(seen).sum(3);
        expectSame(
          [context, weights],
          [layer.projections.project(layer.projections.beside(heads)), expected],
          1e-5,
        );
        expect(named('value_embeddings') !== undefined).toBe(ofValues);
      }),
    );
  });

  test('names what is wrong with its options', () => {
    expect(() => shawRelativeAttention({ numHeads: 2, maxDistance: 0 })).toThrow(
      'maxDistance must be a positive integer, but is 0',
    );
  });
});

describe('TransformerXlAttention', () => {
  onEveryBackend(() => {
    test.each([true, false])('attends to an earlier segment as in one sequence, causal: %s', (causal) =>
      scoped((own) => {
        const layer = filledLayer(own, transformerXlAttention({ ...args, causal }));
        const x = filled([B, S, D], 3);
        const [context, weights] = layer.attend({ query: x }) as [Tensor, Tensor];
        const query = slice(x, [0, S - T, 0], [B, T, D]);
        const mask = tensor([1, 1, 1, 1, 1, 0, 1, 1, 1, 1], [B, S], 'int32');
        expectSame(layer.attend({ query, key: x }) as Tensor[], [
          slice(context, [0, S - T, 0], [B, T, D]),
          slice(weights, [0, 0, S - T, 0], [B, H, T, S]),
        ]);
        const [whole, part] = [x, query].map(
          (each) => layer.attend({ query: each, key: x, mask }) as [Tensor, Tensor],
        );
        expectSame([part![0]], [slice(whole![0], [0, S - T, 0], [B, T, D])], 1e-5);
      }),
    );
  });

  test('names the width that has no sines and cosines', () => {
    scoped(() => {
      expect(() => transformerXlAttention({ numHeads: 1 }).attend({ query: filled([1, 2, 3], 1) })).toThrow(
        'width of the query must be even, but is 3',
      );
    });
  });
});
