import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * What `Trainer` needs of an optimizer; those of @chui/runtime have it. If it has a `learningRate` that is a variable,
 * updates are compiled too: nothing else that changes from step to step may be a number in JavaScript then.
 */
export interface TrainerOptimizer {
  /** Norm of all gradients of the last step together, before clipping. */
  readonly gradientNorm?: Tensor | undefined;
  /** Norms of the gradients of the last step, in the order of `parameterNames`. */
  readonly gradientNorms?: Tensor | undefined;
  readonly parameterNames?: readonly string[] | undefined;
  /** How many steps it left out, for they were not finite. */
  readonly skippedSteps?: Tensor | undefined;
  /** Whether `applyGradients` changes variables where they are, unless it is compiled: then it is not. */
  readonly updatesInPlace?: boolean;
  /** Called before every update. */
  setLearningRate(value: number): void;
  /** Called before a training, which may be of other parameters than the last. */
  rest?(): void;
  /** @param loss that of the step: one that is not finite should change nothing, where the optimizer can see to that. */
  applyGradients(gradients: NamedTensorMap, loss?: Scalar): void;
  dispose(): void;
  /** Its state by name, for checkpoints; the tensors are the caller's. */
  getWeights?(): Promise<{ name: string; tensor: Tensor }[]>;
  /** Takes over what `getWeights` gave. */
  setWeights?(weights: { name: string; tensor: Tensor }[]): Promise<void>;
}
