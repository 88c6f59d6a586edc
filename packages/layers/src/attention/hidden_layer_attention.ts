import { add, reshape, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { positiveInteger } from '../layer.js';
import { type Activation, activation } from '../ops/activation.js';
import { linear } from '../ops/linear.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';

export interface HiddenLayerAttentionArgs extends ScoredAttentionArgs {
  /** Width U of the hidden layer that scores a pair. */
  units: number;
  activation?: Activation;
}

/**
 * Base of the attentions whose score is a network with one hidden layer: score(q, k) = v · act(hidden(q) + hidden(k)).
 *
 * It holds B · T · S · U numbers at once.
 */
export abstract class HiddenLayerAttention extends SingleHeadAttention {
  readonly units: number;
  readonly activation: Activation;
  private readonly act: (x: Tensor) => Tensor;
  private scoreKernel!: LayerVariable;

  constructor({ units, activation: name = 'tanh', ...args }: HiddenLayerAttentionArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.activation = name;
    this.act = activation(name);
  }

  /** The query's part of the hidden layer: (B·T, Dq) → (B·T, U). */
  protected abstract hiddenOfQueries(queries: Tensor): Tensor;

  /** Adds v, after the weights of the hidden layer. */
  protected buildScore(): void {
    this.scoreKernel = this.weight('score_kernel', [this.units, 1], glorotUniform());
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const [batch, length, width] = query.shape as [number, number, number];
    const queries = this.hiddenOfQueries(reshape(query, [batch * length, width])); // (B·T, U)
    const hidden = this.act(add(reshape(queries, [batch, length, 1, this.units]), keys)); // (B, T, S, U)
    const scores = linear(reshape(hidden, [-1, this.units]), this.scoreKernel.read()); // (B·T·S, 1)
    return reshape(scores, [batch, length, keys.shape[2]!]); // (B, T, S)
  }

  override getConfig(): serialization.ConfigDict {
    const { units, activation } = this;
    return { ...super.getConfig(), units, activation };
  }
}
