import { cast, mean, type Scalar, squaredDifference, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { sameShape } from './same_shape.js';

/**
 * Mean squared error: mean of (prediction − label)² over all elements, as PyTorch's F.mse_loss, which transformers uses
 * for regression; Keras's is the same with the two arguments exchanged. No label is ignored, as in none of these.
 *
 * @param predictions any shape, float32
 * @param labels the same shape, numbers of any type; it is not broadcast
 * @throws RangeError if the shapes differ
 */
export function meanSquaredError(predictions: Tensor, labels: Tensor): Scalar {
  sameShape('predictions', predictions, labels);
  return tidy(() => mean(squaredDifference(predictions, cast(labels, 'float32'))));
}
