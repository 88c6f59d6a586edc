import { engine, type Tensor } from '@tensorflow/tfjs-core';

/** The part of tfjs's engine that customGrad is made of. */
interface KernelRunner {
  runKernelFunc(kernel: {
    inputs: Record<string, Tensor>;
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    backwardsFunc: (dys: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
  }): Tensor[];
}

/**
 * A function with a gradient of its own, as tfjs's customGrad, but of any number of outputs.
 *
 * @param inputs what gradients are for
 * @param forward computes the outputs, none of which may be an input; `save` keeps what the gradient needs
 * @param backward gradients of the inputs, float32 and of their shapes, from those of the outputs and what was saved
 */
export function withGradient(
  inputs: readonly Tensor[],
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (dys: Tensor[], saved: Tensor[]) => readonly Tensor[],
): Tensor[] {
  return (engine() as unknown as KernelRunner).runKernelFunc({
    inputs: Object.fromEntries(inputs.entries()),
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dys, saved) => {
      const gradients = backward([dys].flat(), saved);
      return Object.fromEntries(gradients.map((gradient, index) => [index, () => gradient]));
    },
  });
}
