import type { NamedTensorMap } from '@tensorflow/tfjs-core';

/** What `Trainer` needs of an optimizer; `adamW` of @chui/runtime has it. */
export interface TrainerOptimizer {
  /** Called before every update. */
  setLearningRate(value: number): void;
  applyGradients(gradients: NamedTensorMap): void;
  dispose(): void;
}
