import { randomNormal, randomUniform } from '@chui/runtime';
import {
  concat,
  linalg,
  mul,
  norm,
  serialization,
  slice,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers, type Shape } from '@tensorflow/tfjs-layers';
import type { Initializer } from './layer.js';

/** Draws a weight's first value with the generator of `setSeed`. */
class Drawn extends serialization.Serializable implements Initializer {
  static readonly className = 'ChuiDrawn';

  constructor(private readonly draw: (shape: number[]) => Tensor) {
    super();
  }

  apply(shape: Shape): Tensor {
    return this.draw(shape as number[]);
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  getConfig(): serialization.ConfigDict {
    return {};
  }
}

export const zeros = (): Initializer => initializers.zeros();
export const ones = (): Initializer => initializers.ones();

/** Normal with mean 0. */
export const normal = (stddev: number): Initializer => new Drawn((shape) => randomNormal(shape, 0, stddev));

/**
 * Even in ±√(6 / (I + O)) for a kernel (I, O).
 *
 * @see Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotUniform = (): Initializer =>
  new Drawn((shape) => {
    const [fanIn, fanOut] = shape.slice(-2) as [number, number];
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return randomUniform(shape, -limit, limit);
  });

/** The same number everywhere. */
export const constant = (value: number): Initializer => initializers.constant({ value });

/** The identity matrix. */
export const identity = (): Initializer => initializers.identity({ gain: 1 });

/**
 * Rows of a matrix (M, K), each normal with deviation 1, and orthogonal to the others of its group of K.
 *
 * @see Yu et al. (2016), https://arxiv.org/abs/1610.09072
 */
export const orthogonalRows = (): Initializer =>
  new Drawn((shape) =>
    tidy(() => {
      const [count, width] = shape as [number, number];
      const groups = Array.from(
        { length: Math.ceil(count / width) },
        () => linalg.gramSchmidt(randomNormal([width, width]) as Tensor2D) as Tensor2D,
      );
      const lengths = norm(randomNormal([count, width]), 2, 1, true); // (M, 1)
      return mul(slice(concat(groups, 0), [0, 0], [count, width]), lengths);
    }),
  );
