import { cast, scalar, type Tensor, tensor1d, tidy, type Variable } from '@tensorflow/tfjs-core';
import { recordingFor } from '../../jit/state.js';
import { fusedBackend } from './fused_kernel.js';
import { boolAttribute, floatAttribute, intAttribute } from './native_kernel.js';
import { ownBuffers } from './own_buffers.js';

/** What an update needs. Parameters and gradients are in one order; the state has all of them end to end. */
export interface AdamWUpdate {
  readonly parameters: readonly Variable[];
  readonly gradients: readonly Tensor[];
  readonly mean: Variable;
  readonly meanSquare: Variable;
  /** Of each parameter. */
  readonly decay: readonly number[];
  /** Factors of the learning rate, one a parameter. */
  readonly rates: readonly number[];
  readonly learningRate: Tensor;
  /** The number of this update, from 1. */
  readonly step: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly clipNorm?: number | undefined;
  /** Bool scalar, whether the update is made if its gradients are finite; without it, it is made whatever they are. */
  readonly allowed?: Tensor | undefined;
}

/** What an update gives; the tensors are the caller's, but for variables that it was given. */
export interface AdamWUpdated {
  readonly parameters: readonly Tensor[];
  readonly mean: Tensor;
  readonly meanSquare: Tensor;
  readonly gradientNorm: Tensor;
  /** Of each parameter's gradient, of shape (N). */
  readonly gradientNorms: Tensor;
  /** Bool scalar, where the update was given `allowed`; if it is false, all is as it was. */
  readonly taken: Tensor | undefined;
}

/**
 * The update in two passes over memory, by an op of chui's addon; undefined where that does not run. Outside of what `jit`
 * records the variables are changed where they are, and are the result.
 */
export function fusedAdamW(update: AdamWUpdate): AdamWUpdated | undefined {
  const backend = fusedBackend();
  if (!backend) return undefined;
  const { parameters, gradients, mean, meanSquare, learningRate, step, allowed } = update;
  return tidy(() => {
    const attributes = [
      intAttribute(backend, 'N', parameters.length),
      floatAttribute(backend, 'beta1', update.beta1),
      floatAttribute(backend, 'beta2', update.beta2),
      floatAttribute(backend, 'epsilon', update.epsilon),
      floatAttribute(backend, 'clip_norm', update.clipNorm ?? 0),
      boolAttribute(backend, 'guarded', allowed !== undefined),
    ];
    const perParameter = [update.decay, update.rates].map((numbers) => tensor1d([...numbers]));
    const open = allowed ? cast(allowed, 'float32') : scalar(1);
    const changed = [...parameters, mean, meanSquare];
    const inputs = [...parameters, ...gradients, mean, meanSquare, ...perParameter, learningRate, step, open];
    const run = (op: string, outputs: number) =>
      backend.executeMultipleOutputs(op, attributes, inputs, outputs);

    const inPlace = canWriteInPlace();
    if (inPlace) ownBuffers(backend, changed);
    const outputs = inPlace
      ? [...changed, ...run('ChuiAdamWInPlace', 3)]
      : run('ChuiAdamW', changed.length + 3);
    const [newMean, newMeanSquare, gradientNorm, gradientNorms, taken] = outputs.splice(parameters.length);
    return {
      parameters: outputs,
      mean: newMean!,
      meanSquare: newMeanSquare!,
      gradientNorm: gradientNorm!,
      gradientNorms: gradientNorms!,
      taken: allowed && cast(taken!, 'bool'),
    };
  });
}

/** Whether `fusedAdamW` would change variables where they are: on the native CPU, while nothing is recorded. */
export const canWriteInPlace = (): boolean => fusedBackend() !== undefined && recordingFor() === undefined;
