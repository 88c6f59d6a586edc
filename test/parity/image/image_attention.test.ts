import { readFileSync } from 'node:fs';
import { pairwiseSelfAttention2D, patchwiseSelfAttention2D } from '@chui/layers';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { checkGolden, type Golden, type Read, weightOf } from '../../support/golden.js';
import { scoped } from '../../support/layer_contract.js';

interface Case {
  kind: 'pairwise' | 'patchwise';
  options: { outputDim: number; relation: never };
  noise: Golden['noise'];
  tensors: Record<string, { shape: number[]; values: number[] }>;
}

const fixture = new URL('../../fixtures/image/cases.json', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(fixture, 'utf8'));
const layers = { pairwise: pairwiseSelfAttention2D, patchwise: patchwiseSelfAttention2D };

describe('attentions of images against PyTorch', () => {
  onEveryBackend(() => {
    test('has cases', () => expect(cases.length).toBe(8));

    test.each(cases.map((each) => [`${each.kind}, ${each.options.relation}`, each] as const))(
      '%s',
      (_, { kind, options, noise, tensors }) =>
        scoped((own) => {
          const read: Read = (name) => tensor(tensors[name]!.values, tensors[name]!.shape);
          const layer = own(layers[kind]({ ...options, returnWeights: true }));
          const apply = (x: Tensor) => layer.apply(tensors.mask ? [x, read('mask')] : x) as [Tensor, Tensor];
          apply(read('input.x'));
          const names = Object.keys(tensors).flatMap((name) => name.match(/^param\.(.+)/)?.[1] ?? []);
          expect(layer.weights.length).toBe(names.length);
          checkGolden(
            { hyper: {}, probed: ['y'], noise, read },
            {
              inputs: ['x'],
              parameters: names.map((name) => ({ variable: weightOf(layer, name), value: (of) => of(name) })),
              run: (x) => {
                const [y, weights] = apply(x!);
                return { y, weights };
              },
            },
          );
        }),
    );
  });
});
