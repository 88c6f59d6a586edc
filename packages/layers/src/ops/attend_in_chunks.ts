import {
  add,
  cast,
  concat,
  customGrad,
  lessEqual,
  matMul,
  mul,
  pad,
  range,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { maskOf } from './mask.js';
import { maskedSoftmax } from './masked_softmax.js';

/** How queries are cut, and what they may see. */
export interface ChunkOptions {
  /** Queries whose weights are held at once. */
  chunkLength: number;
  causal?: boolean;
  /** 1 where a query may attend and 0 elsewhere, float32, (B, H, T, S), where axes may be 1; all, if left out. */
  allowed?: Tensor | undefined;
}

/**
 * softmax(queries · keysᵀ) · values, of so many queries at a time: (B, H, T, K), (B, H, S, K) and (B, H, S, V) → (B, H, T, V).
 * The gradient computes the weights again, so that memory does not grow with T · S where ops run one after the other. It has
 * a first derivative only.
 *
 * @see Chen et al. (2016), https://arxiv.org/abs/1604.06174
 */
export function attendInChunks(
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  { chunkLength, causal = false, allowed }: ChunkOptions,
): Tensor {
  const [length, source] = [queries.shape[2]!, keys.shape[2]!];
  const starts = Array.from({ length: Math.ceil(length / chunkLength) }, (_, chunk) => chunk * chunkLength);
  /** A chunk of queries, with the slots that any of them may see. */
  const chunkOf = (start: number) => {
    const size = Math.min(chunkLength, length - start);
    const seen = causal ? Math.min(source, start + size) : source;
    const rows = (x: Tensor) => slice(x, [0, 0, start, 0], [-1, -1, size, -1]);
    const slots = (x: Tensor) => slice(x, [0, 0, 0, 0], [-1, -1, seen, -1]);
    const weigh = (q: Tensor, k: Tensor, given: Tensor | undefined) => {
      const scores = matMul(rows(q), slots(k), false, true); // (B, H, c, seen)
      const flags = [
        ...(given ? [part(part(given, 2, start, size), 3, 0, seen)] : []),
        ...(causal ? [pastFlags(start, size, seen)] : []),
      ];
      return maskedSoftmax(
        scores,
        flags.length > 0 ? maskOf(flags.reduce((all, each) => mul(all, each))) : undefined,
      );
    };
    return { rows, slots, weigh, missing: source - seen };
  };

  const attend = customGrad((...args) => {
    const [q, k, v, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    save([q, k, v, ...(allowed ? [allowed] : [])]);
    const contexts = starts.map((start) =>
      tidy(() => {
        const { slots, weigh } = chunkOf(start);
        return matMul(weigh(q, k, allowed), slots(v));
      }),
    );
    const value = concat(contexts, 2);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [q, k, v, given] = saved as [Tensor, Tensor, Tensor, Tensor?];
        const ofQueries: Tensor[] = [];
        let sums: Tensor[] | undefined;
        for (const start of starts) {
          const before: Tensor[] = sums ?? [];
          const [dq, ...added] = tidy(() => {
            const { rows, slots, weigh, missing } = chunkOf(start);
            const weights = weigh(q, k, given);
            const upstream = rows(dy);
            const read = mul(weights, matMul(upstream, slots(v), false, true));
            const dScores = sub(read, mul(weights, sum(read, 3, true)));
            const whole = (x: Tensor) =>
              pad(x, [
                [0, 0],
                [0, 0],
                [0, missing],
                [0, 0],
              ]);
            const parts = [matMul(dScores, rows(q), true, false), matMul(weights, upstream, true, false)];
            const totals = parts.map((each, i) => (before[i] ? add(before[i], whole(each)) : whole(each)));
            return [matMul(dScores, slots(k)), ...totals];
          }) as [Tensor, ...Tensor[]];
          for (const each of before) each.dispose();
          ofQueries.push(dq);
          sums = added;
        }
        return [concat(ofQueries, 2), ...sums!];
      },
    };
  });
  return attend(queries, keys, values);
}

/** Part of an axis, which may be 1 and then is left as it is. */
function part(x: Tensor, axis: number, begin: number, size: number): Tensor {
  if (x.shape[axis] === 1) return x;
  const [from, sizes] = [x.shape.map(() => 0), [...x.shape]];
  from[axis] = begin;
  sizes[axis] = size;
  return slice(x, from, sizes);
}

/** 1 where slot s is not after query start + t, float32: (size, seen). */
function pastFlags(start: number, size: number, seen: number): Tensor {
  const queries = reshape(range(start, start + size, 1, 'int32'), [size, 1]);
  return cast(lessEqual(range(0, seen, 1, 'int32'), queries), 'float32');
}
