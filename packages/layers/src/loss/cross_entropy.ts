import { sparseSoftmaxCrossEntropy } from '@chui/runtime';
import {
  add,
  cast,
  div,
  logSumExp,
  maximum,
  mean,
  mul,
  notEqual,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';

export interface CrossEntropyOptions {
  /** Label that does not count. */
  ignoreIndex?: number;
  /** Share ε of the target that is spread evenly over the V classes. */
  labelSmoothing?: number;
}

/**
 * Mean cross-entropy: −Σ_c q_c log softmax(logits)_c over the labels that count, where q is 1 − ε at the label plus ε/V
 * everywhere. It equals PyTorch's F.cross_entropy, but for being 0 where no label counts, which is NaN there.
 *
 * @param logits (…, V), float32
 * @param labels (…), int32, each an id below V or `ignoreIndex`
 * @throws RangeError if the shapes do not fit, or labelSmoothing is not within 0 … 1
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
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
    const hard = sparseSoftmaxCrossEntropy(rows, mul(ids, cast(counted, 'int32'))); // (N)
    const weights = cast(counted, 'float32');
    const losses = labelSmoothing > 0 ? smooth(hard, rows, labelSmoothing) : hard;
    return div(sum(mul(losses, weights)), maximum(sum(weights), 1)) as Scalar;
  });
}

/** (1 − ε) · loss + ε · mean over the classes of −log softmax. */
function smooth(losses: Tensor, logits: Tensor, share: number): Tensor {
  const even = sub(logSumExp(logits, -1), mean(logits, -1)); // (N)
  return add(mul(losses, 1 - share), mul(even, share));
}
