import {
  add,
  cast,
  mean,
  mul,
  neg,
  type Scalar,
  softplus,
  sub,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { sameShape } from './same_shape.js';

/** One for all, one for each class, or a tensor that broadcasts to the shape of logits. They get no gradient. */
export type ElementWeights = number | readonly number[] | Tensor;

export interface BinaryCrossEntropyOptions {
  /** How much label 1 counts beside label 0: PyTorch's `pos_weight`; above 1 for more recall, below 1 for more precision. */
  positiveWeights?: ElementWeights;
  /** How much each element counts: PyTorch's `weight`. The sum is divided by the number of elements all the same. */
  weights?: ElementWeights;
}

/**
 * Mean binary cross-entropy of logits x: −w (p y log σ(x) + (1 − y) log(1 − σ(x))) over all elements, with labels y from
 * 0 to 1, p the `positiveWeights` and w the `weights`, 1 without them. Finite for logits of any size. It equals PyTorch's
 * F.binary_cross_entropy_with_logits, which transformers uses for classification with several labels, and Keras's
 * binary_crossentropy with from_logits. No label is ignored, as in none of these: give such elements the weight 0.
 *
 * @param logits any shape, (B, classes) as a rule, float32
 * @param labels the same shape, numbers or bools; it is not broadcast
 * @throws RangeError if the shapes differ, or weights do not broadcast to them
 */
export function binaryCrossEntropy(
  logits: Tensor,
  labels: Tensor,
  { positiveWeights, weights }: BinaryCrossEntropyOptions = {},
): Scalar {
  sameShape('logits', logits, labels);
  return tidy(() => {
    const y = cast(labels, 'float32');
    // −log σ(x) = softplus(−x) and −log(1 − σ(x)) = x + softplus(−x)
    const unlikely = softplus(neg(logits));
    const share =
      positiveWeights === undefined
        ? unlikely
        : mul(unlikely, add(mul(y, sub(weightsOf('positiveWeights', positiveWeights, logits), 1)), 1));
    const losses = add(mul(sub(1, y), logits), share);
    return mean(weights === undefined ? losses : mul(losses, weightsOf('weights', weights, logits)));
  });
}

function weightsOf(name: string, given: ElementWeights, { shape }: Tensor): Tensor {
  const weights =
    typeof given === 'object' && 'dtype' in given
      ? cast(given, 'float32')
      : tensor(given as number | number[], undefined, 'float32');
  const fits =
    weights.rank <= shape.length &&
    weights.shape.every((size, axis) => size === 1 || size === shape[shape.length - weights.rank + axis]);
  if (!fits) {
    throw new RangeError(
      `${name} must broadcast to logits [${shape}], but have the shape [${weights.shape}]`,
    );
  }
  return weights;
}
