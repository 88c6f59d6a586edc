import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { fusedBackend } from './fused_kernel.js';
import { floatAttribute, intAttribute } from './native_kernel.js';

/** What an update needs. Parameters and gradients are in one order; the state has all of them end to end. */
export interface AdamWUpdate {
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly mean: Tensor;
  readonly meanSquare: Tensor;
  /** Of each parameter. */
  readonly decay: readonly number[];
  readonly learningRate: Tensor;
  /** The number of this update, from 1. */
  readonly step: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly clipNorm?: number | undefined;
}

/** What an update gives; the tensors are the caller's. */
export interface AdamWUpdated {
  readonly parameters: Tensor[];
  readonly mean: Tensor;
  readonly meanSquare: Tensor;
  readonly gradientNorm: Tensor;
}

/** The update in two passes over memory, by an op of chui's addon; undefined where that does not run. */
export function fusedAdamW(update: AdamWUpdate): AdamWUpdated | undefined {
  const backend = fusedBackend();
  if (!backend) return undefined;
  const { parameters, gradients, mean, meanSquare, learningRate, step } = update;
  const count = parameters.length;
  const decay = tensor1d([...update.decay]);
  const attributes = [
    intAttribute(backend, 'N', count),
    floatAttribute(backend, 'beta1', update.beta1),
    floatAttribute(backend, 'beta2', update.beta2),
    floatAttribute(backend, 'epsilon', update.epsilon),
    floatAttribute(backend, 'clip_norm', update.clipNorm ?? 0),
  ];
  const inputs = [...parameters, ...gradients, mean, meanSquare, decay, learningRate, step];
  const outputs = backend.executeMultipleOutputs('ChuiAdamW', attributes, inputs, count + 3);
  decay.dispose();
  const [newMean, newMeanSquare, gradientNorm] = outputs.splice(count) as [Tensor, Tensor, Tensor];
  return { parameters: outputs, mean: newMean, meanSquare: newMeanSquare, gradientNorm };
}
