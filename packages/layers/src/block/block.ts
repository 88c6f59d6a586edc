import { dropout } from '@chui/runtime';
import { add, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { MultiHeadAttention } from '../attention/multi_head_attention.js';
import { FeedForward } from '../feed_forward/feed_forward.js';
import { dropoutRate, Layer, type LayerArgs, positiveInteger } from '../layer.js';
import { LayerNorm } from '../norm/layer_norm.js';
import type { Activation } from '../ops/activation.js';

/** What every block's constructor takes. */
export interface BlockArgs extends LayerArgs {
  /** Heads H of every attention; they must divide the width of the states. */
  numHeads: number;
  /** Width of the feed-forward network's hidden layer. */
  hiddenDim: number;
  /** Of the feed-forward network. Default `relu`. */
  activation?: Activation;
  /** Share that is dropped in training: of attention weights, of the hidden layer, of what joins the states. Default 0. */
  dropout?: number;
  /** Whether a part's input is normalised (pre-norm) or its sum with its output (post-norm). Default false. */
  normFirst?: boolean;
  /** Added to the variance by the norms. Default 1e-5. */
  epsilon?: number;
  /** Whether to put out attention weights too. Default false. */
  returnWeights?: boolean;
}

/**
 * Base of the Transformer's blocks, which are parts in a row: x ← norm(x + dropout(part(x))), or, with `normFirst`,
 * x ← x + dropout(part(norm(x))).
 *
 * @throws RangeError if a size is not a positive integer, numHeads does not divide the width, or a rate is out of range.
 */
export abstract class Block extends Layer {
  readonly numHeads: number;
  readonly hiddenDim: number;
  readonly activation: Activation;
  readonly dropout: number;
  readonly normFirst: boolean;
  readonly epsilon: number;
  readonly returnWeights: boolean;
  protected readonly feedForward: FeedForward;
  protected readonly feedForwardNorm: LayerNorm;

  constructor({
    numHeads,
    hiddenDim,
    activation = 'relu',
    dropout: rate = 0,
    normFirst = false,
    epsilon = 1e-5,
    returnWeights = false,
    ...args
  }: BlockArgs) {
    super(args);
    this.numHeads = positiveInteger('numHeads', numHeads);
    this.hiddenDim = positiveInteger('hiddenDim', hiddenDim);
    this.activation = activation;
    this.dropout = dropoutRate('dropout', rate);
    this.normFirst = normFirst;
    this.epsilon = epsilon;
    this.returnWeights = returnWeights;
    this.feedForward = this.own('feed_forward', new FeedForward({ hiddenDim, activation, dropout: rate }));
    this.feedForwardNorm = this.norm('feed_forward_norm');
  }

  /** A norm of the block's own. */
  protected norm(name: string): LayerNorm {
    return this.own(name, new LayerNorm({ epsilon: this.epsilon }));
  }

  /** An attention of the block's own, for queries of this width. */
  protected attention(name: string, width: number, { causal = false } = {}): MultiHeadAttention {
    const { numHeads, dropout, returnWeights } = this;
    if (width % numHeads !== 0) {
      throw new RangeError(`numHeads must divide the width ${width}, but is ${numHeads}`);
    }
    const keyDim = width / numHeads;
    return this.own(name, new MultiHeadAttention({ numHeads, keyDim, dropout, causal, returnWeights }));
  }

  /** What a part reads. */
  protected enter(x: Tensor, norm: LayerNorm): Tensor {
    return this.normFirst ? norm.call(x) : x;
  }

  /** Joins the states and what a part made of them. */
  protected leave(x: Tensor, made: Tensor, norm: LayerNorm, training: boolean): Tensor {
    const joined = add(x, dropout(made, this.dropout, { training }));
    return this.normFirst ? joined : norm.call(joined);
  }

  /** The last part of every block. */
  protected callFeedForward(x: Tensor, training: boolean): Tensor {
    const made = this.feedForward.call(this.enter(x, this.feedForwardNorm), { training });
    return this.leave(x, made, this.feedForwardNorm, training);
  }

  override getConfig(): serialization.ConfigDict {
    const { numHeads, hiddenDim, activation, dropout, normFirst, epsilon, returnWeights } = this;
    return {
      ...super.getConfig(),
      numHeads,
      hiddenDim,
      activation,
      dropout,
      normFirst,
      epsilon,
      returnWeights,
    };
  }
}
