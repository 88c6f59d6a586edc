import { readFileSync } from 'node:fs';
import { binaryCrossEntropy, crossEntropy, meanSquaredError } from '@chui/layers';
import { jit } from '@chui/runtime';
import { type Tensor, tensor, valueAndGrad } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { expectClose } from '../../support/gradients.js';
import { scoped } from '../../support/layer_contract.js';

interface Values {
  shape: number[];
  type: 'float32' | 'int32';
  values: number[];
}
interface Case {
  loss: keyof typeof losses;
  options: Record<string, number | Values>;
  logits: Values;
  labels: Values;
  value: number;
  gradient: Values;
}

const fixture = new URL('../../fixtures/losses/cases.json', import.meta.url);
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(fixture, 'utf8'));
const losses = { crossEntropy, binaryCrossEntropy, meanSquaredError } as const;

const read = ({ values, shape, type }: Values) => tensor(values, shape, type);

describe('losses against PyTorch', () => {
  onEveryBackend(() => {
    test('has cases', () => expect(cases.length).toBe(19));

    const named = cases.map((each, i) => [`${each.loss} ${i}`, each] as const);
    test.each(named)('%s, values and gradients, recorded and not', (_, each) =>
      scoped(() => {
        const options = Object.fromEntries(
          Object.entries(each.options).map(([name, of]) => [name, typeof of === 'number' ? of : read(of)]),
        );
        const [logits, labels] = [read(each.logits), read(each.labels)];
        const loss: (x: Tensor, y: Tensor, options: object) => Tensor = losses[each.loss];
        const both = (x: Tensor, y: Tensor, given: object) =>
          valueAndGrad((of: Tensor) => loss(of, y, given))(x);
        const recorded = jit(both);
        for (const compute of [both, recorded]) {
          const { value, grad } = compute(logits, labels, options);
          expect(value.shape).toEqual([]);
          expectClose(value, [each.value], 2e-6);
          expectClose(grad, each.gradient.values, 1e-6);
        }
        recorded.dispose();
      }),
    );
  });
});
