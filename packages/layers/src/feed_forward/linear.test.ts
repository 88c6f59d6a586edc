import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { Linear, linear } from './linear.js';

describe('Linear', () => {
  onEveryBackend(() => {
    describe.each([[[3, 2]], [[2, 3, 2]], [[2, 1, 3, 2]]])('over %s', (shape) =>
      layerContract({ make: () => linear({ units: 4 }), inputs: () => [filled(shape, 1)] }),
    );
    describe('without a bias', () =>
      layerContract({ make: () => linear({ units: 3, useBias: false }), inputs: () => [filled([2, 4], 1)] }));
  });

  test('names its weights', () =>
    scoped((own) => {
      const layer = own(linear({ name: 'head', units: 3 }));
      apply(layer, [filled([2, 4], 1)]);
      expect(layer.weights.map(({ originalName }) => originalName)).toEqual(['head/kernel', 'head/bias']);
    }));

  test('names what is wrong', () => {
    expect(() => new Linear({ units: -1 })).toThrow('units must be a positive integer, but is -1');
  });
});
