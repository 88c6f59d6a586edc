import { sparseSoftmaxCrossEntropy } from '@chui/runtime';
import {
  add,
  cast,
  div,
  gather,
  logSoftmax,
  logSumExp,
  maximum,
  mean,
  mul,
  neg,
  notEqual,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';

export interface CrossEntropyOptions {
  /** Label that does not count. */
  ignoreIndex?: number;
  /** Share ε of the target that is spread evenly over the V classes. */
  labelSmoothing?: number;
  /** How much each class counts, (V), float32: PyTorch's `weight`. They get no gradient. */
  classWeights?: Tensor | readonly number[];
}

/**
 * Mean cross-entropy: −Σ_c w_c q_c log softmax(logits)_c, summed over the labels that count and divided by Σ w_label of
 * them, where q is 1 − ε at the label plus ε/V everywhere, and w the `classWeights`, 1 without them. It equals PyTorch's
 * F.cross_entropy, but for being 0 where no label counts or Σ w_label is 0, which is NaN or infinite there.
 *
 * @param logits (…, V), float32
 * @param labels (…), int32, each an id below V or `ignoreIndex`
 * @throws RangeError if the shapes do not fit, or labelSmoothing is not within 0 … 1
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): Scalar {
  const classes = logits.shape[logits.rank - 1]!;
  if (logits.rank !== labels.rank + 1 || labels.shape.some((size, axis) => size !== logits.shape[axis])) {
    throw new RangeError(
      `labels must have the shape of logits [${logits.shape}] but its last axis, but have [${labels.shape}]`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`labelSmoothing must be within 0 and 1, but is ${labelSmoothing}`);
  }
  return tidy(() => {
    const rows = reshape(logits, [-1, classes]); // (N, V)
    const ids = cast(reshape(labels, [-1]), 'int32'); // (N)
    const counted = notEqual(ids, ignoreIndex);
    const known = mul(ids, cast(counted, 'int32')); // (N), 0 for what does not count
    const hard = sparseSoftmaxCrossEntropy(rows, known); // (N)
    const counts = cast(counted, 'float32');
    if (classWeights === undefined) {
      const losses = labelSmoothing > 0 ? smooth(hard, evenly(rows), labelSmoothing) : hard;
      return div(sum(mul(losses, counts)), maximum(sum(counts), 1)) as Scalar;
    }
    const weights = weightsOf(classWeights, classes); // (V)
    const rowWeights = gather(weights, known); // (N)
    const weighted = mul(hard, rowWeights);
    const losses = labelSmoothing > 0 ? smooth(weighted, evenly(rows, weights), labelSmoothing) : weighted;
    const total = sum(mul(rowWeights, counts));
    const some = cast(notEqual(total, 0), 'float32');
    return div(mul(sum(mul(losses, counts)), some), add(total, sub(1, some))) as Scalar;
  });
}

/** (1 − ε) · loss + ε · loss of an even target. */
function smooth(losses: Tensor, even: Tensor, share: number): Tensor {
  return add(mul(losses, 1 - share), mul(even, share));
}

/** Mean over the classes of −w log softmax: (N, V) → (N). */
function evenly(logits: Tensor, weights?: Tensor): Tensor {
  if (weights) return neg(mean(mul(logSoftmax(logits), weights), -1));
  return sub(logSumExp(logits, -1), mean(logits, -1));
}

function weightsOf(given: Tensor | readonly number[], classes: number): Tensor {
  const weights = 'dtype' in given ? cast(given, 'float32') : tensor1d([...given], 'float32');
  if (weights.rank !== 1 || weights.shape[0] !== classes) {
    throw new RangeError(`classWeights must have the shape [${classes}], but have [${weights.shape}]`);
  }
  return weights;
}
