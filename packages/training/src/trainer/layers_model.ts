import { binaryCrossEntropy, crossEntropy, meanSquaredError } from '@chui/layers';
import { dropout } from '@chui/runtime';
import { addN, type Scalar, squeeze, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { oneOf } from '../checks.js';
import { dropoutsOf, namedWeights } from './layer_names.js';
import type { BatchTensors, ForwardOptions, TrainableModel, TrainableOutput } from './model.js';

/** Losses that can be named, of @chui/layers. */
export const lossNames = ['crossEntropy', 'meanSquaredError', 'binaryCrossEntropy'] as const;

/**
 * What is learned from a tf.LayersModel's output: a loss of @chui/layers by name, on outputs that are logits, or a
 * function of the model's output (a list, where it has several), the labels and all of the batch.
 */
export type LayersModelLoss =
  | (typeof lossNames)[number]
  | ((output: Tensor | Tensor[], labels: Tensor | undefined, batch: BatchTensors) => Scalar);

/**
 * A tf.LayersModel as `Trainer` trains it. The fields of a batch are the model's inputs by their names; the only field
 * beside `labels` may have any. Its Dropout layers draw with chui's random numbers, while it is called here.
 */
export class TrainableLayersModel implements TrainableModel {
  readonly mayDrawInJavaScript = true;
  readonly numLabels: number | undefined;
  private readonly dropouts: readonly layers.Layer[];
  private readonly loss: Exclude<LayersModelLoss, string> | (typeof lossNames)[number];

  /** @throws RangeError if the loss is unknown. */
  constructor(
    private readonly model: LayersModel,
    loss: LayersModelLoss,
  ) {
    this.loss = typeof loss === 'string' ? oneOf('loss', loss, lossNames) : loss;
    if (typeof loss === 'string' && model.outputs.length > 1) {
      throw new RangeError(`loss must be a function for a model of several outputs, but is ${loss}`);
    }
    this.numLabels = model.outputs[0]!.shape.at(-1) ?? undefined;
    this.dropouts = dropoutsOf(model).filter((layer) => !layer.getConfig().noiseShape);
  }

  forward(batch: BatchTensors, options: ForwardOptions): TrainableOutput {
    return tidy(() => {
      const { training } = options;
      const output = drawnByBackend(
        this.dropouts,
        () => this.model.apply(this.inputsOf(batch), { training }) as Tensor | Tensor[],
      );
      const logits = Array.isArray(output) ? output[0] : output;
      const { labels } = batch;
      if (!labels && (typeof this.loss === 'string' || !training)) return { logits };
      const loss =
        typeof this.loss === 'function'
          ? this.loss(output, labels, batch)
          : namedLoss(this.loss, logits!, labels!, options.labelSmoothing);
      return { logits, loss: training ? addN([loss, ...this.model.calculateLosses()]) : loss };
    });
  }

  trainableVariables(): Variable[] {
    return this.model.trainableWeights.map((weight) => weight.read() as Variable);
  }

  namedParameters(): (readonly [string, Variable])[] {
    return namedWeights(this.model);
  }

  private inputsOf(batch: BatchTensors): Tensor | Tensor[] {
    // A Sequential has no inputNames.
    const inputNames = this.model.inputs.map(({ sourceLayer }) => sourceLayer.name);
    const fields = Object.keys(batch).filter((name) => name !== 'labels');
    if (inputNames.length === 1 && fields.length === 1) return batch[fields[0]!]!;
    const missing = inputNames.find((name) => !batch[name]);
    if (missing !== undefined) {
      throw new RangeError(
        `examples must have ${missing}, an input of the model, but have ${fields.join(', ')}`,
      );
    }
    return inputNames.map((name) => batch[name]!);
  }
}

function namedLoss(
  name: (typeof lossNames)[number],
  output: Tensor,
  labels: Tensor,
  labelSmoothing?: number,
): Scalar {
  if (name === 'crossEntropy') return crossEntropy(output, labels, { labelSmoothing });
  const likeOutput = labels.rank < output.rank ? squeeze(output, [-1]) : output; // (B, 1) to (B)
  if (name === 'meanSquaredError') return meanSquaredError(likeOutput, labels);
  return binaryCrossEntropy(likeOutput, labels);
}

/** tfjs draws a Dropout layer's mask in JavaScript, where a recording would freeze it and a seed has no say. */
function drawnByBackend<T>(dropouts: readonly layers.Layer[], body: () => T): T {
  const own = dropouts.map(({ call }) => call);
  try {
    for (const layer of dropouts) {
      const { rate } = layer.getConfig() as { rate: number };
      layer.call = (inputs, { training = false }: { training?: boolean }) =>
        dropout(Array.isArray(inputs) ? inputs[0]! : inputs, rate, { training });
    }
    return body();
  } finally {
    for (const [index, layer] of dropouts.entries()) layer.call = own[index]!;
  }
}
