import { concat, grads, sum, type Tensor, tidy, unstack } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { lstm, lstmCell } from './lstm.js';
import { lstmStep } from './lstm_step.js';

const [T, B, I, U] = [3, 2, 4, 5];

const inputs = () => ({
  x: filled([T, B, I], 1),
  h: filled([B, U], 2),
  c: filled([B, U], 3),
  kernel: filled([I + U, 4 * U], 4, 0.7),
  bias: filled([4 * U], 5),
});

/** The LSTM's equations, one number at a time. */
function scalarStep(x: number[], h: number[], c: number[], kernel: number[][], bias: number[]) {
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const row = [...x, ...h];
  const gates = bias.map((each, column) =>
    row.reduce((acc, value, at) => acc + value * kernel[at]![column]!, each),
  );
  const gate = (which: number, unit: number) => gates[which * U + unit]!;
  const nextC = c.map(
    (value, u) => sigmoid(gate(1, u)) * value + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)),
  );
  return { h: nextC.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value)), c: nextC };
}

describe('lstm', () => {
  onEveryBackend(() => {
    it('follows the equations, step by step', () => {
      tidy(() => {
        const { x, h, c, kernel, bias } = inputs();
        const [states, cells] = lstm(x, { h, c }, { kernel, bias });
        expect([states.shape, cells.shape]).toEqual([
          [T, B, U],
          [T, B, U],
        ]);
        const [rowsX, rowsK] = [x.arraySync() as number[][][], kernel.arraySync() as number[][]];
        let rows = (h.arraySync() as number[][]).map((value, row) => ({
          h: value,
          c: (c.arraySync() as number[][])[row]!,
        }));
        const expected = rowsX.map((step) => {
          rows = rows.map((state, row) =>
            scalarStep(step[row]!, state.h, state.c, rowsK, [...bias.dataSync()]),
          );
          return rows;
        });
        expectClose(
          states,
          expected.flat().flatMap((state) => state.h),
          1e-5,
        );
        expectClose(
          cells,
          expected.flat().flatMap((state) => state.c),
          1e-5,
        );
      });
    });

    it('has the gradients of a sequence, through both results', () => {
      tidy(() => {
        const { x, h, c, kernel, bias } = inputs();
        checkGradients(
          (...args) => {
            const [x, h, c, kernel, bias] = args as [Tensor, Tensor, Tensor, Tensor, Tensor];
            return concat(lstm(x, { h, c }, { kernel, bias }), 2);
          },
          [x, h, c, kernel, bias],
        );
      });
    });

    it('has the gradients of a step, also when only h is used', () => {
      tidy(() => {
        const { x, h, c, kernel, bias } = inputs();
        const first = unstack(x)[0]!;
        const all = [first, h, c, kernel, bias];
        const cell = (...args: Tensor[]) => {
          const [x, h, c, kernel, bias] = args as [Tensor, Tensor, Tensor, Tensor, Tensor];
          return lstmCell(x, { h, c }, { kernel, bias });
        };
        checkGradients((...args) => concat(cell(...args), 1), all);
        checkGradients((...args) => cell(...args)[0], all);
      });
    });

    it('has the gradients of a sequence of one', () => {
      tidy(() => {
        const { h, c, kernel, bias } = inputs();
        checkGradients(
          (x, kernel) => concat(lstm(x!, { h, c }, { kernel: kernel!, bias }), 2),
          [filled([1, B, I], 1), kernel],
        );
      });
    });

    it('frees what it makes under a gradient', () => {
      const { x, h, c, kernel, bias } = inputs();
      const gradients = grads((...args: Tensor[]) => {
        const [x, kernel] = args as [Tensor, Tensor];
        return sum(lstm(x, { h, c }, { kernel, bias })[0]);
      })([x, kernel]);
      for (const each of [x, h, c, kernel, bias, ...gradients]) each.dispose();
    });

    it('has the gradients of lstmStep', () => {
      tidy(() => {
        const [gates, c] = [filled([B, 4 * U], 7, 2), filled([B, U], 8)];
        checkGradients((...args) => concat(lstmStep(args[0]!, args[1]!), 1), [gates, c]);
        checkGradients((...args) => lstmStep(args[0]!, args[1]!)[1], [gates, c]);
      });
    });

    it('names what does not fit', () => {
      tidy(() => {
        const { x, h, c, kernel, bias } = inputs();
        expect(() => lstm(x, { h, c }, { kernel: filled([I, 4 * U], 1), bias })).toThrow(
          'kernel must be of shape (9, 20), but is (4, 20)',
        );
        expect(() => lstmCell(x, { h, c }, { kernel, bias })).toThrow('x must be (B, I), but is (3,2,4)');
        expect(() => lstmStep(h, c)).toThrow('gates must be (B, 4U) and c (B, U), but are (2,5) and (2,5)');
      });
    });
  });
});
