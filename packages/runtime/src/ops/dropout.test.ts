import { grad, mul, sum, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { setSeed } from '../random/generator.js';
import { dropout } from './dropout.js';

describe('dropout', () => {
  onEveryBackend(() => {
    it('drops the share asked for and scales up the rest', () => {
      tidy(() => {
        setSeed(1);
        const x = filled([100, 50], 1);
        const before = x.dataSync();
        const ratios = dropout(x, 0.3, { training: true })
          .dataSync()
          .map((value, index) => value / before[index]!);
        const dropped = ratios.filter((ratio) => ratio === 0).length;
        expect(dropped / 5000).toBeCloseTo(0.3, 1);
        for (const ratio of ratios) expect(ratio === 0 || Math.abs(ratio - 1 / 0.7) < 1e-5).toBe(true);
      });
    });

    it('repeats by seed and drops others at the next call', () => {
      tidy(() => {
        const x = filled([40], 1);
        setSeed(5);
        const first = dropout(x, 0.5, { training: true }).dataSync();
        const second = dropout(x, 0.5, { training: true }).dataSync();
        setSeed(5);
        expectClose(dropout(x, 0.5, { training: true }), first, 0);
        expect(second).not.toEqual(first);
      });
    });

    it('has the gradient of what it kept, twice', () => {
      tidy(() => {
        const keep = () => {
          setSeed(3);
          return { training: true };
        };
        const x = filled([3, 4], 2);
        checkGradients((x) => dropout(x!, 0.4, keep()), [x]);
        const squared = grad(grad((x) => sum(mul(dropout(x, 0.4, keep()), dropout(x, 0.4, keep())))))(x);
        const before = x.dataSync();
        const mask = dropout(x, 0.4, keep())
          .dataSync()
          .map((value, index) => value / before[index]!);
        expectClose(
          squared,
          mask.map((factor) => 2 * factor * factor),
        );
      });
    });

    it('leaves x as it is outside of training and for a rate of 0', () => {
      tidy(() => {
        const x = filled([4], 1);
        for (const y of [dropout(x, 0.5), dropout(x, 0, { training: true })]) {
          expectClose(y, x.dataSync(), 0);
          y.dispose();
          expect(x.isDisposed).toBe(false);
        }
      });
    });
  });

  it('takes rates from 0 to below 1', () => {
    tidy(() => {
      expect(() => dropout(filled([2], 1), 1)).toThrow('rate must be at least 0 and below 1, but is 1');
      expect(() => dropout(filled([2], 1), Number.NaN)).toThrow(RangeError);
    });
  });
});
