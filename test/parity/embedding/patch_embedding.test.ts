import { readFileSync } from 'node:fs';
import { learnedPositions, patchEmbedding } from '@chui/layers';
import {
  engine,
  mul,
  reshape,
  sum,
  type Tensor,
  tensor,
  transpose,
  type Variable,
} from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { weightOf } from '../../support/golden.js';
import { expectSame, scoped } from '../../support/layer_contract.js';

interface Values {
  shape: number[];
  values: number[];
}
interface Reference {
  patchSize: [number, number];
  x: Values;
  probe: Values;
  y: Values;
  gradient: Values;
  parameters: Record<string, { value: Values; gradient: Values }>;
}

const fixture = new URL('../../fixtures/embedding/vit.json', import.meta.url);
const reference: Reference = JSON.parse(readFileSync(fixture, 'utf8'));
const read = ({ values, shape }: Values) => tensor(values, shape);
/** Channels last. */
const pixels = (of: Values) => transpose(read(of), [0, 2, 3, 1]);
const rows = (of: Values) => reshape(read(of), [-1, 4]);

/** Our weights, and what makes them of theirs. */
const weights: Record<string, [name: string, turn: (of: Values) => Tensor]> = {
  cls_token: ['class_token', (of) => reshape(read(of), [-1])],
  position_embeddings: ['positions/embeddings', rows],
  'patch_embeddings.projection.weight': ['kernel', (of) => transpose(read(of), [2, 3, 1, 0])],
  'patch_embeddings.projection.bias': ['bias', read],
};

describe('against ViTEmbeddings of transformers', () => {
  onEveryBackend(() => {
    test('output and gradients', () =>
      scoped((own) => {
        const { patchSize, parameters } = reference;
        const positions = learnedPositions({ maxLength: 5 });
        const layer = own(patchEmbedding({ dim: 4, patchSize, useClassToken: true, positions }));
        const x = pixels(reference.x);
        layer.apply(x);
        const given = Object.entries(parameters).map(([name, values]) => {
          const [ours, turn] = weights[name]!;
          const variable: Variable = weightOf(layer, ours);
          variable.assign(turn(values.value));
          return { variable, gradient: turn(values.gradient) };
        });
        const loss = () => sum(mul(layer.apply(x) as Tensor, read(reference.probe))).asScalar();
        const { grads } = engine().gradients(loss, [x, ...given.map(({ variable }) => variable)]);
        expectSame([layer.apply(x) as Tensor], [read(reference.y)], 1e-5);
        expectSame(grads, [pixels(reference.gradient), ...given.map(({ gradient }) => gradient)], 1e-5);
      }));
  });
});
