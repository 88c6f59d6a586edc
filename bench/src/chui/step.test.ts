import '@tensorflow/tfjs-layers';
import { setSeed, useBackend } from '@chui/runtime';
import { profile } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EncoderSizes, Seq2SeqSizes, Task } from '../works.js';
import { matrixProducts, matrixProductsStep } from './matrix_products.js';
import { makeStep } from './step.js';

const encoder: EncoderSizes = {
  layers: 2,
  width: 8,
  heads: 2,
  hidden: 12,
  vocabulary: 30,
  positions: 9,
  batch: 3,
  length: 7,
  dropout: 0.1,
};
const seq2seq: Seq2SeqSizes = {
  vocabulary: 13,
  width: 6,
  batch: 3,
  sourceLength: 5,
  targetLength: 4,
  dropout: 0.1,
};
const precision = 'float32';

// What torch_peer.py prints as `parameters` for these sizes, and how many of them chui does not have: PyTorch's LSTMs have
// two biases, of four times their width, where one would do; here those of two encoders of width 3 and a decoder of 6.
const cases: { task: Task; parameters: number; second?: number; classes: number }[] = [
  {
    task: { model: 'classifier', training: true, precision, sizes: encoder },
    parameters: 1410,
    classes: 2,
  },
  { task: { model: 'maskedLm', training: true, precision, sizes: encoder }, parameters: 1510, classes: 30 },
  {
    task: { model: 'seq2seq', training: true, precision, sizes: seq2seq },
    parameters: 1147,
    second: 2 * 4 * 3 + 4 * 6,
    classes: 13,
  },
];

beforeAll(async () => {
  await useBackend('cpu');
});

describe.each(cases)('$task.model', ({ task, parameters, second = 0, classes }) => {
  test("has PyTorch's parameters", () => {
    expect(makeStep(task, {}).parameters).toBe(parameters - second);
  });

  test('knows nothing at first, and learns', () => {
    setSeed(1);
    const step = makeStep({ ...task, sizes: { ...task.sizes, dropout: 0 } } as Task, {});
    const first = step.run();
    expect(Math.abs(first - Math.log(classes))).toBeLessThan(1);
    for (let i = 0; i < 5; i++) step.run();
    expect(step.run()).toBeLessThan(first);
  });
});

/** The multiplications in all matrix products that `body` makes. */
async function multiplications(body: () => void): Promise<number> {
  const { kernels } = await profile(() => {
    body();
    return [];
  });
  const size = (shape: readonly number[] | null) => shape!.reduce((product, each) => product * each, 1);
  return kernels
    .filter(({ name }) => name === 'BatchMatMul')
    .map(({ inputShapes: [a, b], outputShapes: [c] }) => {
      const batch = size(c!.slice(0, -2));
      return Math.sqrt((size(a!) * size(b!) * size(c!)) / batch); // √(n·i·j · n·j·k · n·i·k / n) = n·i·j·k
    })
    .reduce((sum, each) => sum + each, 0);
}

const forward = (task: Task): number =>
  matrixProducts(task).reduce((sum, { shape: [n, i, j, k], steps = 1 }) => sum + n * i * j * k * steps, 0);

describe('matrix products', () => {
  const tasks: Task[] = [
    { model: 'classifier', training: false, precision, sizes: encoder },
    ...cases.slice(0, 2).map(({ task }) => task),
  ];
  test.each(tasks)('of $model, training $training, are those of the step', async (task) => {
    const step = makeStep(task, {});
    const floor = matrixProductsStep(task, {});
    const expected = await multiplications(() => step.run());
    expect(await multiplications(floor)).toBeCloseTo(expected, 3);
    expect(expected).toBeCloseTo(task.training ? 3 * forward(task) : forward(task), 3);
  });

  test('of an RNN are three for each of the forward pass', async () => {
    const { task } = cases[2]!;
    expect(await multiplications(matrixProductsStep(task, {}))).toBeCloseTo(3 * forward(task), 3);
  });
});

test('an attention alone has the parameters of PyTorch, and gradients of all of them', () => {
  const task: Task = {
    model: 'attention',
    training: true,
    precision,
    sizes: { width: 8, heads: 2, batch: 3, length: 5 },
  };
  const step = makeStep(task, {});
  expect(step.parameters).toBe(4 * (8 * 8 + 8));
  expect(Number.isFinite(step.run())).toBe(true);
  expect(matrixProducts(task)).toHaveLength(6);
});
