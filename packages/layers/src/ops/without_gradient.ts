import { customGrad, scalar, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

/**
 * fn(x), as if it did not depend on x. All of fn is kept from gradients, so that it may use ops that have none, such as
 * comparisons; what is made of its result must have them.
 */
export function withoutGradient(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  return customGrad((y) => ({
    value: fn(y as Tensor),
    gradFunc: () => zerosLike(x),
  }))(x);
}

/** fn(), as if it depended on nothing: what is made of its result need not have gradients either. */
export function asConstant(fn: () => Tensor): Tensor {
  return withoutGradient(scalar(0), fn);
}
