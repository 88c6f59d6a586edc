import { gelu } from '@chui/runtime';
import {
  clipByValue,
  elu,
  leakyRelu,
  mul,
  relu,
  selu,
  sigmoid,
  softplus,
  square,
  type Tensor,
  tanh,
} from '@tensorflow/tfjs-core';

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
  quickGelu: (x: Tensor) => mul(x, sigmoid(mul(x, 1.702))),
  gelu10: (x: Tensor) => clipByValue(gelu(x), -10, 10),
  relu2: (x: Tensor) => square(relu(x)),
  relu6: (x: Tensor) => clipByValue(x, 0, 6),
  leakyRelu: (x: Tensor) => leakyRelu(x, 0.01),
  mish: (x: Tensor) => mul(x, tanh(softplus(x))),
} as const;

/**
 * Name of an activation. `gelu` is x · Φ(x), `geluTanh` its tanh approximation, `quickGelu` x · sigmoid(1.702 x), `gelu10` GELU
 * cut at ±10, `silu` x · sigmoid(x), `relu2` the square of ReLU, `relu6` ReLU cut at 6, `leakyRelu` 0.01 x below 0, `mish`
 * x · tanh(softplus(x)).
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
