import { concat, matMul, mul, pad, reshape, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Queries in n blocks of b, and what they may read. Heads are a part of the batch: N = B·H. */
export interface BlockOperands {
  /** (N, n, b, K), by which keys are scored */
  queries: Tensor;
  /** (N, S, K) */
  keys: Tensor;
  /** (N, S, V) */
  values: Tensor;
  /** 1 for slots that may be attended to and 0 for others, (N or 1, S, 1). */
  slots: Tensor;
}

/** Slots that blocks of queries read, m of them each. */
export interface Candidates {
  /** (N, n, b, m) */
  scores: Tensor;
  /** 1 where a query may attend and 0 elsewhere, (N, n, b, m), where axes may be 1. */
  allowed: Tensor;
  /** (N, n, b, m) → (N, n, b, V) */
  read(weights: Tensor): Tensor;
}

/** Flags 1 and 0 of rows and columns, float32: (1, 1, rows, columns). */
export function flags(
  rows: number,
  columns: number,
  isSet: (row: number, column: number) => boolean,
): Tensor {
  const values = Float32Array.from({ length: rows * columns }, (_, place) =>
    Number(isSet(Math.floor(place / columns), place % columns)),
  );
  return tensor(values, [1, 1, rows, columns]);
}

/** Queries in blocks of `size`, the last of them filled with zeros: (N, T, K) → (N, n, b, K). */
export function inBlocks(queries: Tensor, size: number): Tensor {
  const [all, length, width] = queries.shape as [number, number, number];
  const count = Math.ceil(length / size);
  const missing: [number, number] = [0, count * size - length];
  return reshape(pad(queries, [[0, 0], missing, [0, 0]]), [all, count, size, width]);
}

/**
 * The slots of blocks, from so many blocks before a block of queries to so many after it: (N, S, W) → (N, n, m, W), where
 * m = (before + 1 + after) · b; zeros where there is no slot.
 */
export function neighbours(
  x: Tensor,
  { count, size, before, after }: { count: number; size: number; before: number; after: number },
): Tensor {
  const [all, length, width] = x.shape as [number, number, number];
  const reached = Math.min(length, (count + after) * size);
  const padded = pad(slice(x, [0, 0, 0], [all, reached, width]), [
    [0, 0],
    [before * size, (count + after) * size - reached],
    [0, 0],
  ]);
  const shifted = Array.from({ length: before + 1 + after }, (_, block) =>
    reshape(slice(padded, [0, block * size, 0], [all, count * size, width]), [all, count, size, width]),
  );
  return concat(shifted, 2);
}

/** Candidates of each block of its own, of keys (N, n, m, K) and values (N, n, m, V). */
export function ofBlocks(queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor): Candidates {
  return {
    scores: matMul(queries, keys, false, true),
    allowed,
    read: (weights) => matMul(weights, values),
  };
}

/** The same candidates for every block, of keys (N, m, K) and values (N, m, V). */
export function ofAll(queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor): Candidates {
  const [all, count, size, width] = queries.shape as [number, number, number, number];
  const scores = matMul(reshape(queries, [all, count * size, width]), keys, false, true);
  return {
    scores: reshape(scores, [all, count, size, -1]),
    allowed,
    read: (weights) => {
      const rows = reshape(weights, [all, count * size, weights.shape[3]!]);
      return reshape(matMul(rows, values), [all, count, size, -1]);
    },
  };
}

/** The slots |i − j| ≤ reach of a block and the blocks beside it, but those of global tokens. */
export function nearSlots(
  { queries, keys, values, slots }: BlockOperands,
  reach: number,
  { causal, numGlobalTokens }: { causal: boolean; numGlobalTokens: number },
): Candidates {
  const [, count, size] = queries.shape as [number, number, number];
  const span = { count, size, before: 1, after: causal ? 0 : 1 };
  const columns = (span.before + 1 + span.after) * size;
  const near = flags(size, columns, (row, column) => {
    const ahead = column - size - row; // j − i
    return Math.abs(ahead) <= reach && !(causal && ahead > 0);
  });
  const there = mul(slots, notGlobal(keys.shape[1]!, numGlobalTokens)); // (N, S, 1)
  const around = (x: Tensor) => neighbours(x, span);
  const seen = around(there); // (N, n, m, 1)
  return ofBlocks(queries, around(keys), around(values), mul(near, reshape(seen, [-1, count, 1, columns])));
}

/** 0 for slots of global tokens and 1 for others: (1, S, 1). */
export function notGlobal(length: number, numGlobalTokens: number): Tensor {
  return tensor(
    Float32Array.from({ length }, (_, slot) => Number(slot >= numGlobalTokens)),
    [1, length, 1],
  );
}
