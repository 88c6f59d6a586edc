import {
  add,
  cast,
  cumsum,
  customGrad,
  div,
  equal,
  type GradSaveFunc,
  greater,
  lessEqual,
  max,
  maximum,
  mul,
  range,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  topk,
} from '@tensorflow/tfjs-core';
import type { AttentionMask } from './mask.js';

/**
 * Scores less than the largest by more than this get no weight, in sparsemax and, halved, in 1.5-entmax, whose thresholds are
 * within 1 of it. So they may be cut off here, whatever they and the masked ones are.
 */
const FAR = -2;

/**
 * The point of the simplex that is nearest to the scores, along the last axis: max(z − τ, 0) with the τ that makes it sum to
 * 1. Masked slots are exactly 0, and so is a whole row that may attend to nothing.
 *
 * @see Martins and Astudillo (2016), algorithm 1, https://arxiv.org/abs/1602.02068
 */
export function sparsemax(scores: Tensor, mask?: AttentionMask): Tensor {
  return project(scores, mask, {
    forward: (z) => {
      const { sorted, rank } = descending(z);
      const total = cumsum(sorted, sorted.rank - 1); // (…, S)
      const inside = cast(greater(add(mul(rank, sorted), 1), total), 'float32');
      const size = sum(inside, -1, true); // (…, 1)
      return relu(sub(z, div(sub(at(total, rank, size), 1), size)));
    },
    backward: (dy, weights) => {
      const inside = cast(greater(weights, 0), 'float32');
      const mean = div(sum(mul(inside, dy), -1, true), maximum(sum(inside, -1, true), 1));
      return mul(inside, sub(dy, mean));
    },
  });
}

/**
 * 1.5-entmax along the last axis, between softmax and sparsemax: max(z/2 − τ, 0)² with the τ that makes it sum to 1. Masks as
 * `sparsemax` takes them.
 *
 * @see Peters et al. (2019), algorithm 2, https://arxiv.org/abs/1905.05702
 */
export function entmax15(scores: Tensor, mask?: AttentionMask): Tensor {
  return project(div(scores, 2), mask, {
    forward: (z) => {
      const { sorted, rank } = descending(z);
      const mean = div(cumsum(sorted, sorted.rank - 1), rank); // (…, S)
      const meanSquare = div(cumsum(square(sorted), sorted.rank - 1), rank);
      const deviation = mul(rank, sub(meanSquare, square(mean)));
      const threshold = sub(mean, sqrt(relu(div(sub(1, deviation), rank))));
      const size = sum(cast(lessEqual(threshold, sorted), 'float32'), -1, true); // (…, 1)
      return square(relu(sub(z, at(threshold, rank, size))));
    },
    backward: (dy, weights) => {
      const root = sqrt(weights);
      const mean = div(sum(mul(root, dy), -1, true), maximum(sum(root, -1, true), 1e-30));
      return mul(mul(root, sub(dy, mean)), 2);
    },
  });
}

interface Projection {
  /** The weights of scores whose largest is 0. */
  forward(z: Tensor): Tensor;
  /** The gradient of the scores from that of the weights and the weights. */
  backward(dy: Tensor, weights: Tensor): Tensor;
}

function project(scores: Tensor, mask: AttentionMask | undefined, { forward, backward }: Projection): Tensor {
  const open = mask ? add(scores, mask.penalty) : scores;
  const weights = customGrad((x, save) => {
    const z = maximum(sub(x as Tensor, max(x as Tensor, -1, true)), FAR);
    const value = forward(z);
    (save as GradSaveFunc)([value]);
    return { value, gradFunc: (dy: Tensor, [saved]: Tensor[]) => backward(dy, saved!) };
  })(open);
  return mask ? mul(weights, mask.allowed) : weights;
}

/** Scores from the largest to the least, and the rank of each, from 1. */
function descending(z: Tensor): { sorted: Tensor; rank: Tensor } {
  const slots = z.shape.at(-1)!;
  return { sorted: topk(z, slots).values, rank: range(1, slots + 1, 1, 'float32') };
}

/** What stands at rank `size`, (…, 1). */
function at(values: Tensor, rank: Tensor, size: Tensor): Tensor {
  return sum(mul(values, cast(equal(rank, size), 'float32')), -1, true);
}
