import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/**
 * What `Trainer` needs of an optimizer; `adamW` of @chui/runtime has it. If it has a `learningRate` that is a variable,
 * updates are compiled too: nothing else that changes from step to step may be a number in JavaScript then.
 */
export interface TrainerOptimizer {
  /** Called before every update. */
  setLearningRate(value: number): void;
  applyGradients(gradients: NamedTensorMap): void;
  dispose(): void;
  /** Its state by name, for checkpoints; the tensors are the caller's. */
  getWeights?(): Promise<{ name: string; tensor: Tensor }[]>;
  /** Takes over what `getWeights` gave. */
  setWeights?(weights: { name: string; tensor: Tensor }[]): Promise<void>;
}
