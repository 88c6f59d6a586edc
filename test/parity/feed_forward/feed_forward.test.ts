import { readFileSync } from 'node:fs';
import { gatedFeedForward, rmsNorm } from '@chui/layers';
import { engine, mul, sum, type Tensor, tensor, transpose, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { weightOf } from '../../support/golden.js';
import { expectSame, scoped } from '../../support/layer_contract.js';

interface Values {
  shape: number[];
  values: number[];
}
interface Case {
  layer: 'gatedFeedForward' | 'rmsNorm';
  options: { hiddenDim: number; epsilon: number };
  x: Values;
  probe: Values;
  y: Values;
  gradient: Values;
  parameters: Record<string, { value: Values; gradient: Values }>;
}

const fixture = new URL('../../fixtures/feed_forward/cases.json', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(fixture, 'utf8'));
const layers = { gatedFeedForward, rmsNorm };

/** What we call a parameter of theirs. */
const ours = (name: string) =>
  name === 'weight' ? 'gamma' : name.replace('_proj.', '/').replace(/weight$/, 'kernel');
const read = ({ values, shape }: Values) => tensor(values, shape);
/** A linear map's matrix is the other way round in PyTorch. */
const turned = (of: Values) => (of.shape.length === 2 ? transpose(read(of)) : read(of));

describe('against PyTorch and transformers', () => {
  onEveryBackend(() => {
    test('has cases', () => expect(cases.length).toBe(6));

    test.each(cases.map((each, i) => [`${each.layer} ${i}`, each] as const))('%s', (_, each) =>
      scoped((own) => {
        const layer = own(layers[each.layer](each.options));
        const x = read(each.x);
        layer.apply(x);
        const parameters = Object.entries(each.parameters);
        const variables = parameters.map(([name, { value }]) => {
          const variable: Variable = weightOf(layer, ours(name));
          variable.assign(turned(value));
          return variable;
        });
        const loss = () => sum(mul(layer.apply(x) as Tensor, read(each.probe))).asScalar();
        const { grads } = engine().gradients(loss, [x, ...variables]);
        expectSame([layer.apply(x) as Tensor], [read(each.y)], 1e-5);
        expectSame(
          grads,
          [read(each.gradient), ...parameters.map(([, { gradient }]) => turned(gradient))],
          1e-5,
        );
      }),
    );
  });
});
