import { pad, reshape, scalar, slice, squeeze, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { distances } from '../../position/distances.js';

/**
 * How far ahead of T queries, the first of them at `first`, what the T + S columns of `skew` stand for is: column c of query t
 * is for slot c − T + t, which is c − T − first ahead, for every query: int32 (1, T + S), or (B, T + S).
 */
export function skewDistances(length: number, slots: number, first: Tensor | number = 0): Tensor {
  return squeeze(sub(distances(1, length + slots, first), scalar(length, 'int32')), [1]);
}

/** Numbers of queries and distances, put where the slots at these distances are: (B, H, T, T + S) → (B, H, T, S). */
export function skew(x: Tensor): Tensor {
  const [batch, heads, length, columns] = x.shape as [number, number, number, number];
  const row = columns - 1;
  return tidy(() => {
    const flat = reshape(x, [batch, heads, length * columns]);
    const moved = slice(flat, [0, 0, length], [batch, heads, length * row]); // row t begins at column T − t
    const rows = reshape(moved, [batch, heads, length, row]);
    return slice(rows, 0, [batch, heads, length, columns - length]);
  });
}

/** Numbers of queries and slots, put where their distances are, and zeros elsewhere: (B, H, T, S) → (B, H, T, T + S). */
export function unskew(x: Tensor): Tensor {
  const [batch, heads, length, slots] = x.shape as [number, number, number, number];
  const none: [number, number] = [0, 0];
  return tidy(() => {
    const rows = pad(x, [none, none, none, [0, length - 1]]);
    const flat = reshape(rows, [batch, heads, length * (length + slots - 1)]);
    const moved = pad(flat, [none, none, [length, 0]]);
    return reshape(moved, [batch, heads, length, length + slots]);
  });
}
