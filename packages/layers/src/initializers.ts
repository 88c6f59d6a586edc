import { randomNormal, randomState, randomUniform, restoreRandomState } from '@chui/runtime';
import {
  div,
  fill,
  matMul,
  mul,
  norm,
  reshape,
  serialization,
  slice,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers, type Shape } from '@tensorflow/tfjs-layers';
import type { Initializer } from './layer.js';

/** Whether first values are zeros instead of drawn ones. */
let isBlank = false;

/**
 * Makes layers whose weights are given values right after: instead of drawn ones they begin with zeros. The generator of
 * `setSeed` is then where it would be otherwise.
 */
export function withoutDrawing<T>(make: () => T): T {
  const outer = isBlank;
  isBlank = true;
  try {
    return make();
  } finally {
    isBlank = outer;
  }
}

/** One draw from `randomNormal` or `randomUniform`, or zeros that count as one. */
function drawOnce(shape: number[], draw: (shape: number[]) => Tensor): Tensor {
  if (!isBlank) return draw(shape);
  const { seed, draws } = randomState();
  restoreRandomState({ seed, draws: draws + 1 });
  return fill(shape, 0);
}

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
export const normal = (stddev: number): Initializer =>
  new Drawn((given) => drawOnce(given, (shape) => randomNormal(shape, 0, stddev)));

/**
 * Even in ±√(6 / (I + O)) for a kernel (…, I, O).
 *
 * @param inputs I of a kernel whose inputs are spread over more axes than the last but one
 * @see Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotUniform = (inputs?: number): Initializer =>
  new Drawn((given) =>
    drawOnce(given, (shape) => {
      const [fanIn = 1, fanOut = 1] = [inputs ?? shape.at(-2), shape.at(-1)];
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      return randomUniform(shape, -limit, limit);
    }),
  );

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
      const groups = Math.ceil(count / width);
      const rows = reshape(orthogonal(randomNormal([groups, width, width])), [groups * width, width]);
      const lengths = norm(randomNormal([count, width]), 2, 1, true); // (M, 1)
      return mul(slice(rows, [0, 0], [count, width]), lengths);
    }),
  );

/** The orthogonal matrices nearest to those given, (G, K, K); of normal ones they are even among all. */
function orthogonal(matrices: Tensor): Tensor {
  let x = div(matrices, norm(matrices, 'fro', [1, 2], true));
  // Newton and Schulz: a singular value s becomes s (3 − s²) / 2, so that even 1e-6 is 1 in the end.
  for (let step = 0; step < 45; step++) {
    x = sub(mul(x, 1.5), mul(matMul(matMul(x, x, false, true), x), 0.5));
  }
  return x;
}
