import type { BaseModel } from '@chui/models';
import {
  cast,
  div,
  expandDims,
  maximum,
  mul,
  reshape,
  type Scalar,
  scalar,
  slice,
  sqrt,
  square,
  squaredDifference,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { ForwardOptions, TrainableModel } from '../trainer/model.js';

/** Two texts each, as `dataCollatorForMultipleChoice` makes them. */
export interface SimilarityInputs {
  /** (B, 2, T). */
  readonly inputIds: Tensor;
  /** (B, 2, T), 1 at tokens. */
  readonly attentionMask: Tensor;
  /** (B), how alike the texts are, from −1 to 1. */
  readonly labels?: Tensor | undefined;
}

/**
 * A model whose texts are compared: a text is the mean of its tokens' states, two are as alike as the cosine between
 * them, and the loss is the mean squared error of that.
 *
 * @see Reimers & Gurevych (2019), https://arxiv.org/abs/1908.10084: the regression objective of section 3
 */
export class SentenceSimilarity implements TrainableModel {
  readonly canRecompute = true;

  constructor(private readonly encoder: BaseModel) {}

  /** `logits` are the cosines, (B). */
  forward(
    { inputIds, attentionMask, labels }: SimilarityInputs,
    { training, recompute }: Pick<ForwardOptions, 'training' | 'recompute'>,
  ): { logits: Tensor; loss?: Scalar } {
    return tidy(() => {
      const [batch, , length] = inputIds.shape as [number, number, number];
      const flat = (given: Tensor) => reshape(given, [2 * batch, length]);
      const mask = flat(attentionMask);
      const { lastHiddenState } = this.encoder.forward(
        { inputIds: flat(inputIds), attentionMask: mask },
        { training, ...(recompute !== undefined && { recompute }) },
      );
      const vectors = normalized(meanOfTokens(lastHiddenState, mask));
      const pairs = reshape(vectors, [batch, 2, -1]);
      const [first, second] = [0, 1].map((which) => slice(pairs, [0, which, 0], [batch, 1, -1])) as [
        Tensor,
        Tensor,
      ];
      const cosines = reshape(sum(mul(first, second), -1), [batch]);
      if (!labels) return { logits: cosines };
      const loss = div(sum(squaredDifference(cosines, cast(labels, 'float32'))), batch) as Scalar;
      return { logits: cosines, loss };
    });
  }

  trainableVariables(): Variable[] {
    // The pooler is not asked.
    const pooled = new Set(
      this.encoder
        .namedParameters()
        .flatMap(([name, { name: variable }]) => (/^pooler\./.test(name) ? [variable] : [])),
    );
    return this.encoder.trainableVariables().filter(({ name }) => !pooled.has(name));
  }

  namedParameters(): [name: string, parameter: Variable][] {
    return this.encoder.namedParameters();
  }

  configFile(): string {
    return this.encoder.configFile();
  }
}

/** The mean of the states (N, T, D) where the mask (N, T) is 1: (N, D). */
function meanOfTokens(states: Tensor, mask: Tensor): Tensor2D {
  const weights = expandDims(cast(mask, 'float32'), -1);
  return div(sum(mul(states, weights), 1), sum(weights, 1));
}

function normalized(vectors: Tensor2D): Tensor2D {
  const norms = sqrt(sum(square(vectors), -1, true));
  return div(vectors, maximum(norms, scalar(1e-12)));
}
