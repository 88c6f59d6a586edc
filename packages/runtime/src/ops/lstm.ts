import {
  add,
  concat,
  matMul,
  registerGradient,
  reshape,
  slice,
  stack,
  type Tensor,
  type Tensor2D,
  tidy,
  unstack,
} from '@tensorflow/tfjs-core';
import '../kernels/native/lstm.js';
import { recordingFor } from '../jit/state.js';
import { lstmStep } from './lstm_step.js';
import { hasKernel, runKernelOutputs } from './run_kernel.js';

/** Weights of an LSTM of U units over inputs of width I; the gates are in the order i, f, g, o. */
export interface LstmWeights {
  /** (I + U, 4U): the rows for the input, then those for the hidden state. */
  kernel: Tensor;
  /** (4U). The forget gate's bias is used as it is; start it at 1 to remember from the beginning. */
  bias: Tensor;
}

/** State of an LSTM, both (B, U). */
export interface LstmState {
  h: Tensor;
  c: Tensor;
}

/**
 * An LSTM over a whole sequence, time first: gates = [xₜ, hₜ₋₁] · kernel + bias at each step, then `lstmStep`.
 *
 * One op forward on the native backend (no second derivative there); elsewhere, and where XLA compiles, the inputs of
 * all steps are projected in one matrix product.
 *
 * @param x (T, B, I), T at least 1
 * @returns hidden and cell states after each step, both (T, B, U)
 * @throws RangeError if the shapes do not fit together
 */
export function lstm(x: Tensor, { h, c }: LstmState, { kernel, bias }: LstmWeights): [h: Tensor, c: Tensor] {
  if (x.rank !== 3 || x.shape[0] === 0) throw new RangeError(`x must be (T, B, I), but is (${x.shape})`);
  const [steps, batch, width] = x.shape as [number, number, number];
  const units = checkWeights([batch, width], { h, c }, { kernel, bias });
  return tidy(() => {
    if (hasKernel('LSTM') && recordingFor() !== 'xla') {
      const [states, cells] = runKernelOutputs('LSTM', { x, h, c, kernel, bias });
      return [states!, cells!];
    }
    const inputKernel = slice(kernel, [0, 0], [width, 4 * units]) as Tensor2D;
    const stateKernel = slice(kernel, [width, 0], [units, 4 * units]) as Tensor2D;
    const projected = add(matMul(reshape(x, [steps * batch, width]), inputKernel), bias); // (T·B, 4U)
    const hidden: Tensor[] = [];
    const cells: Tensor[] = [];
    let state = { h, c };
    // unstack of a single step has no gradient in tfjs.
    const fromInputs = steps === 1 ? [projected] : unstack(reshape(projected, [steps, batch, 4 * units]));
    for (const fromInput of fromInputs) {
      const [nextH, nextC] = lstmStep(add(fromInput, matMul(state.h as Tensor2D, stateKernel)), state.c);
      hidden.push(nextH);
      cells.push(nextC);
      state = { h: nextH, c: nextC };
    }
    return [stack(hidden), stack(cells)]; // (T, B, U)
  });
}

/**
 * One step of an LSTM: gates = [x, h] · kernel + bias, then `lstmStep`. On the native backend it is one op forward,
 * besides views.
 *
 * @param x (B, I)
 * @returns h′ and c′, both (B, U)
 * @throws RangeError if the shapes do not fit together
 */
export function lstmCell(x: Tensor, { h, c }: LstmState, weights: LstmWeights): [h: Tensor, c: Tensor] {
  const { kernel, bias } = weights;
  if (x.rank !== 2) throw new RangeError(`x must be (B, I), but is (${x.shape})`);
  checkWeights(x.shape, { h, c }, weights);
  return tidy(() => {
    if (hasKernel('LSTMCell') && recordingFor() !== 'xla') {
      const [nextH, nextC] = runKernelOutputs('LSTMCell', { x, h, c, kernel, bias });
      return [nextH!, nextC!];
    }
    return lstmStep(add(matMul(concat([x, h], 1) as Tensor2D, kernel as Tensor2D), bias), c);
  });
}

for (const kernelName of ['LSTM', 'LSTMCell']) {
  registerGradient({
    kernelName,
    inputsToSave: ['x', 'h', 'c', 'kernel', 'bias'],
    outputsToSave: [false, false, true, true, true, true, true, true, true],
    gradFunc: (dy, saved) => {
      const [dh, dc] = dy as [Tensor, Tensor];
      const [x, h, c, kernel, bias, ...outputs] = saved as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        ...Tensor[],
      ];
      const named = Object.fromEntries(outputs.map((output, index) => [`saved${index}`, output]));
      const inputs = { x, h, c, kernel, bias, dh, dc, ...named };
      const [dx, dh0, dc0, dKernel, dBias] = runKernelOutputs(`${kernelName}Grad`, inputs);
      return { x: () => dx!, h: () => dh0!, c: () => dc0!, kernel: () => dKernel!, bias: () => dBias! };
    },
  });
}

/** The number of units, of weights and state that fit inputs of shape (B, I). */
function checkWeights([batch, width]: number[], { h, c }: LstmState, { kernel, bias }: LstmWeights): number {
  const units = h.shape[1] as number;
  const expected: [string, Tensor, number[]][] = [
    ['h', h, [batch!, units]],
    ['c', c, [batch!, units]],
    ['kernel', kernel, [width! + units, 4 * units]],
    ['bias', bias, [4 * units]],
  ];
  for (const [name, { shape }, rule] of expected) {
    if (shape.length !== rule.length || shape.some((size, axis) => size !== rule[axis])) {
      throw new RangeError(`${name} must be of shape (${rule.join(', ')}), but is (${shape.join(', ')})`);
    }
  }
  return units;
}
