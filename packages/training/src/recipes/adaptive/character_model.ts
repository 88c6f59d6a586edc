import {
  crossEntropy,
  type Layer,
  type LayerNorm,
  layerNorm,
  type TokenAndPositionEmbedding,
  tokenAndPositionEmbedding,
} from '@chui/layers';
import { adamW, jit } from '@chui/runtime';
import {
  add,
  type Scalar,
  slice,
  type Tensor,
  type Tensor2D,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { cosineSchedule } from '../../schedules/cosine_schedule.js';

/** How large character models are, and how long they learn. */
export interface AdaptiveRecipe {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Characters that a model sees at once. */
  readonly length: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** What a model learns from: sequences of numbers below vocabSize, to learn from and kept aside. */
export interface Sequences {
  readonly vocabSize: number;
  /** (count, length), others for each step */
  trainWindows(count: number, length: number, seed: number, step: number): Tensor2D;
  /** (count, length), always the same */
  devWindows(count: number, length: number): Tensor2D;
}

/** How `train` differs from plain training. */
export interface Extras {
  /** Added to the loss. */
  penalty?: () => Scalar;
  /** Variables that learn at a rate of their own, which `penalty` holds down. */
  quick?: { variables: readonly Variable[]; learningRate: number };
  /** Called after each step. */
  onStep?: (step: number, loss: number) => void;
}

/** A loss of windows (B, T + 1). */
export type LossOf = (windows: Tensor, options: { training?: boolean }) => Scalar;

/** Windows of the text kept aside that are evaluated, in batches. */
const [devBatches, devBatchSize] = [8, 32];

/** Predicts the next character: embeddings of characters and positions, blocks, a norm, and the embeddings read the other way. */
export class CharacterModel {
  private readonly embedding: TokenAndPositionEmbedding;
  private readonly norm: LayerNorm;

  constructor(
    private readonly recipe: AdaptiveRecipe,
    private readonly text: Sequences,
    /** Applied in order. */
    readonly blocks: readonly Layer[],
  ) {
    const { width, length } = recipe;
    const { vocabSize } = text;
    this.embedding = tokenAndPositionEmbedding({ vocabSize, dim: width, maxLength: length, useNorm: false });
    this.norm = layerNorm();
    const states = input({ shape: [length, width] });
    this.embedding.apply(input({ shape: [length], dtype: 'int32' }));
    for (const layer of [...blocks, this.norm]) layer.apply(states);
  }

  get layers(): readonly Layer[] {
    return [this.embedding, ...this.blocks, this.norm];
  }

  get parameters(): number {
    return this.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  /** Embeddings of characters and positions: (B, T) → (B, T, D). */
  embed(ids: Tensor): Tensor {
    return this.embedding.call(ids);
  }

  /** States to logits: (B, T, D) → (B, T, V). */
  head(states: Tensor): Tensor {
    return this.embedding.tokens.call(this.norm.call(states));
  }

  /** @param blocks those that are used; all if left out */
  logits(ids: Tensor, { training = false, blocks = this.blocks } = {}): Tensor {
    return this.head(blocks.reduce((x, block) => block.call(x, { training }) as Tensor, this.embed(ids)));
  }

  /** Mean of −ln p of what follows each character of windows (B, T + 1). */
  loss(windows: Tensor, options: { training?: boolean; blocks?: readonly Layer[] } = {}): Scalar {
    const { inputs, labels } = parted(windows);
    return crossEntropy(this.logits(inputs, options), labels);
  }

  /** Trains with AdamW, the rate falling along a cosine after a twentieth of the steps; returns the last loss. */
  train(
    { penalty, quick, onStep }: Extras = {},
    lossOf: LossOf = (windows, options) => this.loss(windows, options),
  ): number {
    const { steps, learningRate, length, batchSize, seed } = this.recipe;
    const fast = new Set(quick?.variables);
    const own = this.variables().filter((variable) => !fast.has(variable));
    const optimizer = adamW({ learningRate, weightDecay: 0.01, clipNorm: 1 });
    const quickOptimizer = quick && adamW({ learningRate: quick.learningRate });
    const update = jit((windows: Tensor) => {
      const loss = () => {
        const plain = lossOf(windows, { training: true });
        return penalty ? (add(plain, penalty()) as Scalar) : plain;
      };
      const { value, grads } = variableGrads(loss, [...own, ...fast]);
      const gradientsOf = (variables: readonly Variable[]) =>
        Object.fromEntries(variables.flatMap(({ name }) => (grads[name] ? [[name, grads[name]]] : [])));
      optimizer.applyGradients(gradientsOf(own));
      quickOptimizer?.applyGradients(gradientsOf([...fast]));
      return value;
    });
    const schedule = cosineSchedule({ warmupSteps: Math.ceil(steps / 20), totalSteps: steps });
    let last = Number.NaN;
    for (let step = 0; step < steps; step++) {
      optimizer.setLearningRate(learningRate * schedule(step));
      last = tidy(() => update(this.text.trainWindows(batchSize, length + 1, seed, step)).dataSync()[0]!);
      if (!Number.isFinite(last))
        throw new Error(`loss must stay finite, but is ${last} at step ${step + 1}`);
      onStep?.(step + 1, last);
    }
    for (const each of [update, optimizer, quickOptimizer]) each?.dispose();
    return last;
  }

  /** Mean of −log₂ p of the next character of text that the model never saw, with all of its blocks or some. */
  bitsPerCharacter(blocks: readonly Layer[] = this.blocks): number {
    const { length } = this.recipe;
    const compiled = jit((windows: Tensor) => this.loss(windows, { blocks }));
    const all = this.text.devWindows(devBatches * devBatchSize, length + 1);
    const losses = Array.from({ length: devBatches }, (_, batch) =>
      tidy(() => {
        const windows = slice(all, [batch * devBatchSize, 0], [devBatchSize, length + 1]);
        return compiled(windows).dataSync()[0]!;
      }),
    );
    for (const each of [compiled, all]) each.dispose();
    return losses.reduce((sum, loss) => sum + loss, 0) / devBatches / Math.LN2;
  }

  variables(): Variable[] {
    return this.layers.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable));
  }

  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}

/** What is read of windows (B, T + 1), and what follows, (B, T). */
export function parted(windows: Tensor): { inputs: Tensor; labels: Tensor } {
  const [count, length] = windows.shape as [number, number];
  const part = (begin: number) => slice(windows, [0, begin], [count, length - 1]);
  return { inputs: part(0), labels: part(1) };
}
