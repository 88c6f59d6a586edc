import { readFileSync } from 'node:fs';
import { entmax15, sparsemax } from '@chui/layers';
import { grads, mul, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { expectClose } from '../../support/gradients.js';
import { scoped } from '../../support/layer_contract.js';

interface Case {
  normalization: 'sparsemax' | 'entmax15';
  shape: number[];
  scores: number[];
  probe: number[];
  weights: number[];
  gradient: number[];
}

const fixture = new URL('../../fixtures/normalization/entmax.json', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(fixture, 'utf8'));
const layers = { sparsemax, entmax15 };

describe('against the package entmax', () => {
  onEveryBackend(() => {
    test('has cases', () => expect(cases.length).toBe(10));

    test.each(cases.map((each, i) => [`${each.normalization} ${i}`, each] as const))('%s', (_, each) =>
      scoped((own) => {
        const layer = own(layers[each.normalization]());
        const scores = tensor(each.scores, each.shape);
        const apply = (x: Tensor) => layer.apply(x) as Tensor;
        expectClose(apply(scores), each.weights, 1e-6);
        const probe = tensor(each.probe, each.shape);
        const [gradient] = grads((x: Tensor) => sum(mul(apply(x), probe)))([scores]);
        expectClose(gradient!, each.gradient, 1e-5);
      }),
    );
  });
});
