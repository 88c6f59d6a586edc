import {
  AlibiPositions,
  RelativeBias,
  RotaryPositions,
  type SinusoidalLayout,
  sinusoidalTable,
} from '@chui/layers';
import { type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { checkGolden, readGolden, weightOf } from '../../support/golden.js';
import { expectClose } from '../../support/gradients.js';
import { scoped } from '../../support/layer_contract.js';

describe('sinusoidal positions', () => {
  test.each<[string, SinusoidalLayout]>([
    ['sinusoidal-interleaved', 'interleaved'],
    ['sinusoidal-half', 'half'],
    ['sinusoidal-t2t', 'tensor2tensor'],
  ])('%s', (name, layout) =>
    scoped(() => {
      const expected = readGolden(name).read('output.table');
      expect(expected.size).toBeGreaterThan(0);
      expectClose(
        sinusoidalTable(...(expected.shape as [number, number]), layout),
        expected.dataSync(),
        1e-7,
      );
    }),
  );
});

describe('positions of an attention', () => {
  onEveryBackend(() => {
    test.each(['half', 'interleaved'] as const)('rope-%s', (layout) =>
      scoped((own) => {
        const layer = own(new RotaryPositions({ layout }));
        checkGolden(readGolden(`rope-${layout}`), {
          inputs: ['x'],
          parameters: [],
          run: (x) => ({ output: layer.apply(x!) as Tensor }),
        });
      }),
    );

    test.each(['alibi-8', 'alibi-12'])('%s', (name) =>
      scoped((own) => {
        const expected = readGolden(name).read('output.bias');
        const [heads, length] = expected.shape as [number, number];
        const bias = own(new AlibiPositions()).apply(zeros([1, heads, length, 1])) as Tensor;
        expect(bias.shape).toEqual([1, ...expected.shape]);
        expectClose(bias, expected.dataSync(), 1e-7);
      }),
    );

    test.each([
      ['t5-buckets-bidirectional', true],
      ['t5-buckets-causal', false],
    ] as const)('%s', (name, bidirectional) =>
      scoped((own) => {
        const { read } = readGolden(name);
        const distances = Array.from(read('input.relative_position').dataSync());
        const first = -distances[0]!;
        expect(distances).toEqual(distances.map((_, key) => key - first));
        const layer = own(new RelativeBias({ bidirectional }));
        layer.apply(zeros([1, 1, 1, 1]));
        const embeddings = weightOf(layer, 'embeddings');
        embeddings.assign(
          tensor(
            Array.from({ length: 32 }, (_, bucket) => bucket),
            [32, 1],
          ),
        );
        const bias = layer.bias(1, distances.length, first);
        expect(Array.from(bias.dataSync())).toEqual(Array.from(read('output.bucket').dataSync()));
      }),
    );
  });
});
