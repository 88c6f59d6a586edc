import { gelu } from '@chui/runtime';
import { elu, mul, relu, selu, sigmoid, softplus, type Tensor, tanh } from '@tensorflow/tfjs-core';

const activations = {
  linear: (x: Tensor) => x,
  tanh: (x: Tensor) => tanh(x),
  relu: (x: Tensor) => relu(x),
  sigmoid: (x: Tensor) => sigmoid(x),
  elu: (x: Tensor) => elu(x),
  selu: (x: Tensor) => selu(x),
  softplus: (x: Tensor) => softplus(x),
  silu: (x: Tensor) => mul(x, sigmoid(x)),
  gelu: (x: Tensor) => gelu(x),
  geluTanh: (x: Tensor) => gelu(x, { approximate: 'tanh' }),
} as const;

/**
 * Name of an activation. `gelu` is x · Φ(x), `geluTanh` its tanh approximation, `silu` x · sigmoid(x).
 *
 * @see Hendrycks and Gimpel (2016), https://arxiv.org/abs/1606.08415, for both forms of GELU
 */
export type Activation = keyof typeof activations;

/** @throws RangeError unless `name` is one of the activations. */
export function activation(name: Activation): (x: Tensor) => Tensor {
  if (!Object.hasOwn(activations, name)) {
    throw new RangeError(`activation must be one of ${Object.keys(activations).join(', ')}, but is ${name}`);
  }
  return activations[name];
}
