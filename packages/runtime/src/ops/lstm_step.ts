import { add, mul, registerGradient, sigmoid, split, type Tensor, tanh, tidy } from '@tensorflow/tfjs-core';
import '../kernels/host/lstm_step.js';
import { hasKernel, runKernelOutputs } from './run_kernel.js';

/**
 * One step of an LSTM from its gates before their activations:
 * i, f, g, o = split(gates); c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g); h′ = σ(o) ⊙ tanh(c′).
 *
 * One kernel forward and one backward on WASM and in pure JavaScript, ten elsewhere: where the gates are not at hand
 * anyway, `lstmCell` and `lstm` are faster on the native backend.
 *
 * @param gates (B, 4U), in the order i, f, g, o, as Keras and PyTorch have it
 * @param c the cell's state, (B, U)
 * @returns h′ and c′, both (B, U)
 * @throws RangeError if the shapes do not fit together
 * @see Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000)
 */
export function lstmStep(gates: Tensor, c: Tensor): [h: Tensor, c: Tensor] {
  const [batch, units] = c.shape as [number, number];
  if (c.rank !== 2 || gates.rank !== 2 || gates.shape[0] !== batch || gates.shape[1] !== 4 * units) {
    throw new RangeError(`gates must be (B, 4U) and c (B, U), but are (${gates.shape}) and (${c.shape})`);
  }
  return tidy(() => {
    if (hasKernel('LSTMStep')) {
      const [h, nextC] = runKernelOutputs('LSTMStep', { gates, c });
      return [h!, nextC!];
    }
    const [i, f, g, o] = split(gates, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const nextC = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(nextC)), nextC];
  });
}

registerGradient({
  kernelName: 'LSTMStep',
  inputsToSave: ['c'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, saved) => {
    const [dh, dc] = dy as [Tensor, Tensor];
    const [c, nextC, activations] = saved as [Tensor, Tensor, Tensor];
    const [dGates, dPrevious] = runKernelOutputs('LSTMStepGrad', { dh, dc, c, nextC, activations });
    return { gates: () => dGates!, c: () => dPrevious! };
  },
});
