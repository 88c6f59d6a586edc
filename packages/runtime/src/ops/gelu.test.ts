import { grad, sum, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { gelu } from './gelu.js';

// Both formulas at these points with Python's math.erf and math.tanh.
const points = [-3, -1, -0.5, 0, 0.5, 1, 3, 20, -20];
const exact = [-0.0040496, -0.1586553, -0.1542688, 0, 0.3457312, 0.8413447, 2.9959505, 20, 0];
const byTanh = [-0.0036374, -0.158808, -0.154286, 0, 0.345714, 0.841192, 2.9963627, 20, 0];

describe('gelu', () => {
  onEveryBackend(() => {
    it('has the values of both forms', () => {
      tidy(() => {
        expectClose(gelu(tensor1d(points)), exact, 1e-6);
        expectClose(gelu(tensor1d(points), { approximate: 'tanh' }), byTanh, 1e-6);
      });
    });

    it('has the gradients of both forms', () => {
      tidy(() => {
        for (const approximate of ['none', 'tanh'] as const) {
          checkGradients((x) => gelu(x!, { approximate }), [filled([3, 5], 1, 3)]);
        }
      });
    });

    it('frees what it makes under a gradient', () => {
      const x = filled([3, 4], 1);
      const gradient = grad((x) => sum(gelu(x)))(x);
      for (const each of [x, gradient]) each.dispose();
    });
  });
});
