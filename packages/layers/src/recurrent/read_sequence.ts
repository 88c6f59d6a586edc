import {
  cast,
  concat,
  cumsum,
  equal,
  expandDims,
  matMul,
  mul,
  range,
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
import type { RecurrentCell } from './recurrent_cell.js';

/** What is read: h of every step (B, T, U), in the places of their inputs; the parts of the last state, each (B, U). */
type SequenceResult = [outputs: Tensor, ...state: Tensor[]];

/**
 * Runs a cell over a sequence; call it inside `tf.tidy`.
 *
 * @param inputs x (B, T, I); mask (B, T), 0 where the state is carried over and the output is zero; the state's parts
 *   (B, U) to start from, zeros if there are none
 * @param options backwards: whether it is read from its end
 */
export function readSequence(
  cell: RecurrentCell,
  { x, mask, state = [] }: { x: Tensor; mask?: Tensor | undefined; state?: Tensor[] },
  { backwards = false } = {},
): SequenceResult {
  const start = cell.stateNames.map((_, i) => state[i] ?? zeros([x.shape[0]!, cell.units]));
  return mask ? readMasked(cell, x, mask, start, backwards) : readAll(cell, x, start, backwards);
}

function readAll(cell: RecurrentCell, x: Tensor, start: Tensor[], backwards: boolean): SequenceResult {
  const [batch, length] = x.shape as [number, number];
  const steps = transpose(x, [1, 0, 2]); // (T, B, I)
  const states = cell.run(backwards ? reverse(steps, 0) : steps, start); // (T, B, U)
  const [h] = states;
  const last = (part: Tensor) => squeeze(slice(part, [length - 1, 0, 0], [1, batch, cell.units]), [0]); // (B, U)
  return [transpose(backwards ? reverse(h, 0) : h, [1, 0, 2]), ...states.map(last)];
}

/**
 * Moves the steps that are not masked to the front in the order of reading, runs the cell, and puts the outputs back.
 * So masks cost a few ops a sequence and none a step.
 */
function readMasked(
  cell: RecurrentCell,
  x: Tensor,
  mask: Tensor,
  start: Tensor[],
  backwards: boolean,
): SequenceResult {
  const length = x.shape[1]!;
  const kept = cast(mask, 'int32');
  const place = sub(mul(cumsum(kept, 1, false, backwards), kept), scalar(1, 'int32')); // (B, T), −1 where masked
  const order = flags(place, length); // (B, T, T): 1 where step t is the nth to be read
  const steps = transpose(matMul(order, x, true), [1, 0, 2]); // (T, B, I)
  const run = cell.run(steps, start); // (T, B, U)
  const outputs = matMul(order, transpose(run[0], [1, 0, 2])); // (B, T, U)
  const first = expandDims(concat(start, 1), 0); // (1, B, N·U), N parts of the state
  const states = concat([first, concat(run, 2)], 0); // (1 + T, B, N·U)
  const last = transpose(flags(sum(kept, 1), length + 1)); // (1 + T, B)
  const state = sum(mul(states, expandDims(last, 2)), 0); // (B, N·U)
  // A split into one part has no gradient in tfjs.
  return [outputs, ...(run.length === 1 ? [state] : split(state, run.length, 1))]; // (B, U)
}

/** One-hot rows, float32; tfjs's oneHot refuses a count of 1. */
function flags(places: Tensor, count: number): Tensor {
  return cast(equal(expandDims(places, -1), range(0, count, 1, 'int32')), 'float32');
}
