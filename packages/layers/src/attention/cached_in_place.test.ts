import { useBackend } from '@chui/runtime';
import {
  abs,
  concat,
  max,
  randomNormal,
  scalar,
  slice,
  sub,
  type Tensor,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { RotaryPositions } from '../position/rotary_positions.js';
import { GroupedQueryAttention } from './grouped_query_attention.js';
import { MultiHeadAttention } from './multi_head_attention.js';

const distance = (a: Tensor, b: Tensor) => max(abs(sub(a, b))).dataSync()[0]!;

describe.skipIf(!inject('hasNativeBackend'))('a cache that is written in place', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  it.each([
    ['multi-head', () => new MultiHeadAttention({ numHeads: 3, causal: true })],
    [
      'fused',
      () => new MultiHeadAttention({ numHeads: 3, causal: true, fusedProjection: 'stacked', scale: 0.3 }),
    ],
    ['per head', () => new MultiHeadAttention({ numHeads: 3, causal: true, fusedProjection: 'perHead' })],
    [
      'grouped',
      () =>
        new GroupedQueryAttention({
          numHeads: 6,
          numKeyValueHeads: 2,
          keyDim: 18,
          causal: true,
          useBias: false,
        }),
    ],
    [
      'rotary, with a window',
      () =>
        new GroupedQueryAttention({
          ...{ numHeads: 4, numKeyValueHeads: 2, keyDim: 10, causal: true, windowSize: 3 },
          positions: new RotaryPositions(),
        }),
    ],
  ] as const)('gives what a new one gives, %s', (_, make) => {
    tidy(() => {
      const [batch, length, capacity, width] = [2, 9, 12, 24];
      const attention = make();
      const x = randomNormal([batch, length, width]);
      attention.attend({ query: x });
      // The second row has padding before its tokens.
      const mask = tensor2d(
        [0, 1].flatMap((row) => Array.from({ length: capacity }, (_, i) => Number(i >= 2 * row))),
        [2, capacity],
      );
      const run = (inPlace: boolean) => {
        let cache = attention.emptyCache(batch, capacity);
        const own = cache;
        const parts: Tensor[] = [];
        // A prompt, then one by one, then two at once.
        for (const [begin, end] of [
          [0, 4],
          [4, 5],
          [5, 6],
          [6, 8],
          [8, 9],
        ] as const) {
          const query = slice(x, [0, begin, 0], [batch, end - begin, width]);
          const step = attention.attendCached({
            query,
            cache,
            position: scalar(begin, 'int32'),
            mask,
            inPlace,
          });
          cache = step.cache;
          parts.push(step.context);
        }
        if (inPlace) expect(cache).toEqual(own);
        return [concat(parts, 1), ...cache.map((each) => slice(each, [0, 0, 0, 0], [-1, -1, length, -1]))];
      };
      const [found, expected] = [run(true), run(false)];
      // Row 1 reads nothing at its padding.
      const seen = (context: Tensor) => slice(context, [0, 2, 0], [-1, -1, -1]);
      expect(distance(seen(found[0]!), seen(expected[0]!))).toBeLessThan(2e-6);
      for (const i of [1, 2]) expect(distance(found[i]!, expected[i]!)).toBeLessThan(2e-6);
      attention.dispose();
    });
  });
});
