import { type Scalar, type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import type { CollatedBatch } from '../data/batch.js';

/** A batch on the backend, by the names under which the model takes it. */
export type BatchTensors = Readonly<Record<string, Tensor>>;

/** What a model gives: the loss where there are labels, logits, and whatever else. */
export interface TrainableOutput {
  /** Mean over the labels that count. */
  readonly loss?: Scalar | undefined;
  /** (B, …). */
  readonly logits?: Tensor | undefined;
}

/** What a model is told beside its inputs. */
export interface ForwardOptions {
  readonly training: boolean;
  readonly labelSmoothing?: number;
  readonly recompute?: boolean;
}

/** What `Trainer` needs of a model; the models of @chui/models have it, and a tf.LayersModel gets it from `Trainer`. */
export interface TrainableModel {
  /** Ids that collators pad and begin with, where the model has such. */
  readonly config?: object;
  /** How many classes the logits tell apart, where labels are such. */
  readonly numLabels?: number | undefined;
  /** Whether a layer may draw random numbers in JavaScript, which a recording would freeze: see `compile`. */
  readonly mayDrawInJavaScript?: boolean;
  /** Whether `forward` takes `recompute`: see `gradientCheckpointing` of the trainer's arguments. */
  readonly canRecompute?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each model names its own inputs
  forward(inputs: any, options: ForwardOptions): TrainableOutput;
  /** The variables that training changes. */
  trainableVariables(): Variable[];
  /** All parameters, those that training leaves too, by their names in checkpoints; by default numbers. */
  namedParameters?(): (readonly [name: string, parameter: Variable])[];
  /** What the model itself changes while it trains, such as moving means; by default all that is not trained may be. */
  movingVariables?(): Variable[];
  /** The text of config.json, which lies beside the parameters in a checkpoint. */
  configFile?(): string;
}

/** A part of a batch on the backend; use it inside `tidy`. */
export function batchTensors({ inputs }: CollatedBatch): BatchTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { values, shape }]) => {
      const dtype = values instanceof Int32Array ? 'int32' : 'float32';
      return [name, tensor(values, [...shape], dtype)]; // (B, …)
    }),
  );
}

/** The model's loss on a batch; use it inside `tidy`. */
export function batchLoss(model: TrainableModel, inputs: BatchTensors, options: ForwardOptions): Scalar {
  const { loss } = model.forward(inputs, options);
  if (!loss) {
    const fields = Object.keys(inputs).join(', ');
    throw new Error(
      inputs.labels
        ? `model must return a loss for ${fields}, but does not`
        : `examples must have labels, but have ${fields}`,
    );
  }
  return loss;
}
