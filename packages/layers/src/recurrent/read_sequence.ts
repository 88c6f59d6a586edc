import type { LstmState } from '@chui/runtime';
import {
  cast,
  concat,
  cumsum,
  expandDims,
  matMul,
  mul,
  oneHot,
  reverse,
  scalar,
  slice,
  split,
  squeeze,
  sub,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LSTMCell } from './lstm_cell.js';

/**
 * Runs a cell over a sequence; call it inside `tf.tidy`.
 *
 * @param inputs x (B, T, I); mask (B, T), 0 where the state is carried over; h and c (B, U) to start from, default zeros
 * @param options backwards: whether it is read from its end
 * @returns outputs (B, T, U) in the places of their inputs, zeros where masked; the last h (B, U); the last c (B, U)
 */
export function readSequence(
  cell: LSTMCell,
  { x, mask, h, c }: { x: Tensor; mask?: Tensor; h?: Tensor; c?: Tensor },
  { backwards = false } = {},
): [outputs: Tensor, h: Tensor, c: Tensor] {
  const none = () => zeros([x.shape[0]!, cell.units]);
  const start = { h: h ?? none(), c: c ?? none() };
  return mask ? readMasked(cell, x, mask, start, backwards) : readAll(cell, x, start, backwards);
}

function readAll(cell: LSTMCell, x: Tensor, start: LstmState, backwards: boolean): [Tensor, Tensor, Tensor] {
  const [batch, length] = x.shape as [number, number];
  const steps = transpose(x, [1, 0, 2]); // (T, B, I)
  const [h, c] = cell.run(backwards ? reverse(steps, 0) : steps, start); // (T, B, U)
  const last = (states: Tensor) => squeeze(slice(states, [length - 1, 0, 0], [1, batch, cell.units]), [0]); // (B, U)
  return [transpose(backwards ? reverse(h, 0) : h, [1, 0, 2]), last(h), last(c)];
}

/**
 * Moves the steps that are not masked to the front in the order of reading, runs the cell, and puts the outputs back.
 * So masks cost a few ops a sequence and none a step.
 */
function readMasked(
  cell: LSTMCell,
  x: Tensor,
  mask: Tensor,
  start: LstmState,
  backwards: boolean,
): [Tensor, Tensor, Tensor] {
  const length = x.shape[1]!;
  const kept = cast(mask, 'int32');
  const place = sub(mul(cumsum(kept, 1, false, backwards), kept), scalar(1, 'int32')); // (B, T), −1 where masked
  const order = flags(place, length); // (B, T, T): 1 where step t is the nth to be read
  const steps = transpose(matMul(order, x, true), [1, 0, 2]); // (T, B, I)
  const [h, c] = cell.run(steps, start); // (T, B, U)
  const outputs = matMul(order, transpose(h, [1, 0, 2])); // (B, T, U)
  const first = expandDims(concat([start.h, start.c], 1), 0); // (1, B, 2U)
  const states = concat([first, concat([h, c], 2)], 0); // (1 + T, B, 2U)
  const last = transpose(flags(sum(kept, 1), length + 1)); // (1 + T, B)
  const [lastH, lastC] = split(sum(mul(states, expandDims(last, 2)), 0), 2, 1) as [Tensor, Tensor]; // (B, U)
  return [outputs, lastH, lastC];
}

/** One-hot rows, float32; the WASM backend's kernel makes none but int32. */
function flags(places: Tensor, count: number): Tensor {
  return cast(oneHot(places, count), 'float32');
}
