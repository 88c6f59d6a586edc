import { readFileSync } from 'node:fs';
import { RotaryPositions, type RotaryScaling, SinusoidalPositions2D } from '@chui/layers';
import { slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { expectClose } from '../../support/gradients.js';
import { scoped } from '../../support/layer_contract.js';

interface RotaryCase {
  first: number;
  shape: number[];
  trained: number;
  base: number;
  scaling: { rope_type: string };
  x: number[];
  turned: number[];
}

interface Cases {
  rotary: RotaryCase[];
  /** What is added to a grid, of this shape. */
  image: { shape: [rows: number, columns: number, width: number]; detr: number[]; mae: number[] };
}

const fixture = new URL('../../fixtures/positions/cases.json', import.meta.url);
const { rotary, image }: Cases = JSON.parse(readFileSync(fixture, 'utf8'));

/** The scaling of a case under our names. */
function scalingOf({
  scaling: { rope_type: type, ...options },
  trained,
}: RotaryCase): RotaryScaling | undefined {
  if (type === 'default') return undefined;
  const renamed = Object.entries(options).map(([name, value]) => [
    name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  const length = type === 'dynamic' && { maxPositionEmbeddings: trained };
  return { type, ...Object.fromEntries(renamed), ...length };
}

describe('rotary positions against the package transformers', () => {
  onEveryBackend(() => {
    test('has cases', () => expect(rotary.length).toBe(16));

    test.each(rotary.map((each) => [JSON.stringify(each.scaling), each.first, each] as const))(
      '%s from position %d on',
      (_, first, each) =>
        scoped((own) => {
          const scaling = scalingOf(each);
          const layer = own(new RotaryPositions({ base: each.base, ...(scaling && { scaling }) }));
          const turned = layer.apply([tensor(each.x, each.shape), tensor([first], [1], 'int32')]) as Tensor;
          expectClose(turned, each.turned, 1e-5);
        }),
    );
  });
});

describe('positions of images against the package transformers', () => {
  onEveryBackend(() => {
    const [rows, columns, width] = image.shape;
    test('DETR, which counts from 1', () =>
      scoped((own) => {
        const layer = own(new SinusoidalPositions2D({ maxRows: 6 }));
        const whole = layer.apply(zeros([1, rows + 1, columns + 1, width])) as Tensor;
        expectClose(slice(whole, [0, 1, 1, 0], [1, rows, columns, width]), image.detr, 1e-6);
      }));
    test('MAE', () =>
      scoped((own) => {
        const layer = own(new SinusoidalPositions2D({ layout: 'half' }));
        expectClose(layer.apply(zeros([1, rows, columns, width])) as Tensor, image.mae, 1e-6);
      }));
  });
});
