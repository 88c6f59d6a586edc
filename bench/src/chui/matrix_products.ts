import { type JitOptions, jit, randomUniform } from '@chui/runtime';
import {
  addN,
  matMul,
  reshape,
  type Scalar,
  slice,
  type Tensor,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { AttentionSizes, EncoderSizes, Seq2SeqSizes, Task } from '../works.js';
import { CLASSES } from './classifier.js';

/** Products (N, I, J) · (N, J, K) of a forward pass. */
export interface MatrixProduct {
  readonly shape: readonly [n: number, i: number, j: number, k: number];
  /** How many there are of different first and the same second factor, as over the steps of an RNN. Default 1. */
  readonly steps?: number;
}

/** All matrix products of a task's forward pass, as the model's formulas have them. */
export function matrixProducts(task: Task): MatrixProduct[] {
  switch (task.model) {
    case 'seq2seq':
      return seq2seqProducts(task.sizes);
    case 'attention':
      return attentionProducts(task.sizes);
    case 'classifier': {
      const { batch, width } = task.sizes;
      return [...encoderProducts(task.sizes), { shape: [1, batch, width, CLASSES] }];
    }
    case 'maskedLm': {
      const { batch, length, width, vocabulary } = task.sizes;
      const head = [width, vocabulary].map(
        (to): MatrixProduct => ({ shape: [1, batch * length, width, to] }),
      );
      return [...encoderProducts(task.sizes), ...head];
    }
  }
}

function encoderProducts({ layers, batch, length, width, heads, hidden }: EncoderSizes): MatrixProduct[] {
  const rows = batch * length;
  const block: MatrixProduct[] = [
    ...attentionProducts({ batch, length, width, heads }),
    { shape: [1, rows, width, hidden] },
    { shape: [1, rows, hidden, width] },
  ];
  return Array.from({ length: layers }, () => block).flat();
}

function attentionProducts({ batch, length, width, heads }: AttentionSizes): MatrixProduct[] {
  const [rows, pairs, depth] = [batch * length, batch * heads, width / heads];
  const projection: MatrixProduct = { shape: [1, rows, width, width] };
  return [
    ...[projection, projection, projection], // of queries, keys and values
    { shape: [pairs, length, depth, length] },
    { shape: [pairs, length, length, depth] },
    projection,
  ];
}

function seq2seqProducts(sizes: Seq2SeqSizes): MatrixProduct[] {
  const { vocabulary, width, batch, sourceLength: source, targetLength: target } = sizes;
  const encoder: MatrixProduct = { shape: [1, batch, width + width / 2, 2 * width], steps: source };
  return [
    ...[encoder, encoder], // one for each direction
    { shape: [1, batch * source, width, width] }, // of the attention's keys
    { shape: [1, batch, 3 * width, 4 * width], steps: target },
    { shape: [1, batch, width, width], steps: target }, // of its queries
    { shape: [1, batch * source, width, 1], steps: target }, // its scores
    ...Array.from({ length: target }, (): MatrixProduct => ({ shape: [batch, 1, source, width] })), // contexts
    { shape: [1, batch, 2 * width, width], steps: target },
    { shape: [1, batch * target, width, vocabulary] },
  ];
}

/**
 * A function that computes a task's matrix products and next to nothing else, which is about the least that a step can take.
 * For a training step these are also dA = dC · Bᵀ and dB = Aᵀ · dC for each C = A · B, with C in the place of dC; dB is one
 * product for all steps.
 */
export function matrixProductsStep(task: Task, options: JitOptions): () => void {
  const known = new Map<string, Tensor3D>();
  /** Random numbers, the same for the same shape and purpose, so that there are few. */
  const shared = (purpose: string, ...shape: number[]): Tensor3D => {
    const key = `${purpose} ${shape}`;
    if (!known.has(key)) known.set(key, randomUniform(shape) as Tensor3D);
    return known.get(key)!;
  };
  const products = matrixProducts(task).map(({ shape: [n, i, j, k], steps = 1 }, index) => ({
    a: Array.from({ length: steps }, (_, step) => shared(`A of step ${step}`, n, i, j)),
    b: randomUniform([n, j, k]) as Tensor3D,
    // One step's C is different in each product, and so is its dB; without that it would be computed once for all.
    all:
      steps > 1 ? { a: shared('A', n, steps * i, j), dc: shared(`dC ${index}`, n, steps * i, k) } : undefined,
  }));
  const compute = jit(() => {
    const results = products.flatMap(({ a, b, all }) => {
      const c = a.map((each) => product(each, b));
      if (!task.training) return c;
      const db = product(all?.a ?? a[0]!, all?.dc ?? c[0]!, { transposeA: true });
      return [...c.map((each) => product(each, b, { transposeB: true })), db];
    });
    return addN(results.map(oneElement)) as Scalar;
  }, options);
  return () => tidy(() => compute().dataSync());
}

/** As layers compute it: without the axis N where it is 1. */
function product(a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}): Tensor {
  const one = a.shape[0] === 1;
  const matrix = (x: Tensor) => (one && x.rank === 3 ? reshape(x, x.shape.slice(1)) : x);
  return matMul(matrix(a), matrix(b), transposeA, transposeB);
}

/** Makes a result needed, without reading all of it. */
const oneElement = (x: Tensor): Tensor =>
  reshape(
    slice(
      x,
      x.shape.map(() => 0),
      x.shape.map(() => 1),
    ),
    [],
  );
