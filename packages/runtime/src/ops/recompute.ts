import { clone, engine, type Scalar, scalar, type Tensor, type Variable, zeros } from '@tensorflow/tfjs-core';
import { recordingFor } from '../jit/state.js';
import { after } from '../kernels/native/after.js';
import { randomState, replayDraws } from '../random/generator.js';
import { withGradient } from './with_gradient.js';

/**
 * A function that does not keep its intermediate results for the gradient, but is computed again when that is. It takes a
 * second forward pass and the memory of one such function at a time instead of that of all. Results and gradients are the
 * same, those of dropout too. In a function that XLA compiles for a CPU it saves nothing.
 *
 * @param body what it computes, of its inputs and variables. Gradients go to these only, if they are float32. What else it reads has to be there
 *   still when the gradient is computed, and the same; so do the values of variables. Random numbers must be chui's.
 * @param variables the trainable variables that it reads
 * @returns the function; outside of gradients it is the body
 * @see Chen et al. (2016), https://arxiv.org/abs/1604.06174
 * @example
 * const kernel = tf.variable(tf.ones([4, 4]));
 * const block = recompute((x) => tf.tanh(tf.matMul(x, kernel)), [kernel]);
 * tf.variableGrads(() => tf.sum(block(tf.ones([2, 4])))).grads[kernel.name].shape; // => [4, 4]
 */
export function recompute<Inputs extends Tensor[], Result extends Tensor | Tensor[]>(
  body: (...inputs: Inputs) => Result,
  variables: readonly Variable[],
): (...inputs: Inputs) => Result {
  const unique = [...new Set(variables)];
  return (...inputs) => {
    if (!engine().isTapeOn()) return body(...inputs);
    const start = randomState();
    let isList = false;
    const outputs = withGradient(
      [...inputs, ...unique],
      (save) => {
        save(inputs);
        const result = body(...inputs);
        isList = Array.isArray(result);
        return distinct([result].flat() as Tensor[], [...inputs, ...unique]);
      },
      (dys, saved) => {
        const again = afterGradients(saved, dys);
        const results = () =>
          replayDraws(
            start,
            () => [body(...(again as Inputs))].flat() as Tensor[],
            (draw) => afterGradients([draw], dys)[0]!,
          );
        return gradientsOf(results, [...again, ...unique], dys);
      },
    );
    return (isList ? outputs : outputs[0]) as Result;
  };
}

/** The tensors, but copies of those that come twice or are among the others: a tape knows tensors apart by identity only. */
function distinct(tensors: readonly Tensor[], others: readonly Tensor[]): Tensor[] {
  const known = new Set(others);
  return tensors.map((tensor) => {
    if (known.has(tensor)) return clone(tensor);
    known.add(tensor);
    return tensor;
  });
}

/** Gradients of the inputs, zeros for what has none, from those of what `compute` gives. */
function gradientsOf(compute: () => Tensor[], inputs: readonly Tensor[], dys: readonly Tensor[]): Tensor[] {
  const owner = engine();
  // What is left of a tape inside another one's gradients is the other's loss.
  const { activeTape } = owner.state;
  try {
    const reached = inputs.filter(({ dtype }) => dtype === 'float32');
    const { grads } = owner.gradients(() => joined(compute(), dys), reached, undefined, true);
    return inputs.map((input) => grads[reached.indexOf(input)] ?? zeros(input.shape));
  } finally {
    owner.state.activeTape = activeTape;
  }
}

/** A scalar with these gradients. */
function joined(tensors: readonly Tensor[], dys: readonly Tensor[]): Scalar {
  const differentiable = tensors.flatMap((tensor, index) => (tensor.dtype === 'float32' ? [index] : []));
  return withGradient(
    differentiable.map((index) => tensors[index]!),
    () => [scalar(0)],
    () => differentiable.map((index) => clone(dys[index]!)),
  )[0] as Scalar;
}

/** `after`, with a gradient. */
function afterGradients(tensors: readonly Tensor[], dys: readonly Tensor[]): Tensor[] {
  if (!recordingFor() || tensors.length === 0) return [...tensors];
  return withGradient(
    tensors,
    () => after(tensors, dys),
    (gradients) => gradients,
  );
}
