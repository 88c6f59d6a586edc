import { mean, moments, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { setSeed } from './generator.js';
import { randomNormal, randomUniform } from './random.js';

// TensorFlow 2.21: tf.random.stateless_uniform([6], seed=[42, 0]) and stateless_normal([6], seed=[42, 1]).
const uniformOf42 = [0.28243315, 0.4984169, 0.71545851, 0.02020204, 0.07859814, 0.62655938];
const normalOf42 = [1.12920344, 0.04696672, 0.95944482, 1.01505232, -0.56676078, 1.21691215];

describe('random numbers', () => {
  onEveryBackend(() => {
    it('are those of TensorFlow’s stateless ops for the seed and the draw', () => {
      tidy(() => {
        setSeed(42);
        expectClose(randomUniform([6]), uniformOf42, 1e-7);
        expectClose(randomNormal([2, 3]), normalOf42, 1e-5);
      });
    });

    it('repeat by seed and differ from draw to draw', () => {
      tidy(() => {
        setSeed(7);
        const first = randomUniform([5]).dataSync();
        const second = randomUniform([5]).dataSync();
        setSeed(7);
        expect(randomUniform([5]).dataSync()).toEqual(first);
        expect(second).not.toEqual(first);
      });
    });

    it('have the asked range, mean and deviation', () => {
      tidy(() => {
        setSeed(1);
        const uniform = randomUniform([20_000], -2, 4);
        const values = uniform.dataSync();
        expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
        expect(Math.max(...values)).toBeLessThan(4);
        expect(mean(uniform).dataSync()[0]).toBeCloseTo(1, 1);
        const normal = moments(randomNormal([20_000], 3, 0.5));
        expect(normal.mean.dataSync()[0]).toBeCloseTo(3, 1);
        expect(Math.sqrt(normal.variance.dataSync()[0]!)).toBeCloseTo(0.5, 1);
      });
    });

    it('may be none', () => {
      tidy(() => {
        expect(randomUniform([0, 3]).shape).toEqual([0, 3]);
        expect(randomNormal([]).shape).toEqual([]);
      });
    });
  });

  it('have seeds from 0 to 2147483647', () => {
    expect(() => setSeed(-1)).toThrow('seed must be an integer from 0 to 2147483647, but is -1');
    expect(() => setSeed(1.5)).toThrow(RangeError);
  });
});
