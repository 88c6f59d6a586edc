import { dropout } from '@chui/runtime';
import { add, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Attention } from '../attention/attention.js';
import { MultiHeadAttention } from '../attention/multi_head_attention.js';
import { FeedForward } from '../feed_forward/feed_forward.js';
import { dropoutRate, Layer, type LayerArgs, partOf, serializeLayer } from '../layer.js';
import { LayerNorm } from '../norm/layer_norm.js';
import type { Activation } from '../ops/activation.js';

/** Where a part's norms stand: after its sum with the states, before it, or before it and before the sum. */
export type NormPlacement = 'post' | 'pre' | 'sandwich';

const placements: readonly NormPlacement[] = ['post', 'pre', 'sandwich'];

/** A layer, or the configuration of one. */
type Part = Layer | serialization.ConfigDict;

/** What every block's constructor takes. */
export interface BlockArgs extends LayerArgs {
  /** Heads H of every attention that is not given; they must divide the width of the states. */
  numHeads?: number;
  /** Width of the hidden layer of the feed-forward network, unless that is given. */
  hiddenDim?: number;
  /** Of the feed-forward network, unless that is given. Default `relu`. */
  activation?: Activation;
  /** Share that is dropped in training: of attention weights, of the hidden layer, of what joins the states. Default 0. */
  dropout?: number;
  /** Share of the self-attention's result that is dropped in training; `dropout` if left out. */
  selfAttentionDropout?: number;
  /** Share of the feed-forward network's result that is dropped in training; `dropout` if left out. */
  feedForwardDropout?: number;
  /** Where norms stand. Default `post`. */
  norm?: NormPlacement;
  /** Whether the feed-forward network reads what the self-attention reads, beside it, and not its result. Default false. */
  parallel?: boolean;
  /** Added to the variance by the norms, unless one is given. Default 1e-5. */
  epsilon?: number;
  /** Whether attentions that are not given put out their weights too. Default false. */
  returnWeights?: boolean;
  /** Self-attention in the place of multi-head attention; whether it is causal is for it to say. */
  attention?: Attention | serialization.ConfigDict;
  /** A network in the place of `FeedForward`, such as `GatedFeedForward`. */
  feedForward?: Part;
  /** What every norm of the block is a copy of, such as `RMSNorm`. Default `LayerNorm`. */
  normLayer?: Part;
}

/** The norms of a part: before it, after its sum with the states, or before that sum. */
export interface PartNorms {
  before?: Layer | undefined;
  inner?: Layer | undefined;
  after?: Layer | undefined;
}

/**
 * Base of the Transformer's blocks, which are parts in a row. With `norm`
 *
 * - `post`, x ← norm(x + dropout(part(x)))
 * - `pre`, x ← x + dropout(part(norm(x)))
 * - `sandwich`, x ← x + dropout(norm(part(norm(x))))
 *
 * and with `parallel` norms of its own y = x + dropout(attention(norm(x))) + dropout(network(norm'(x))), as in GPT-NeoX.
 *
 * @throws RangeError if a size is not a positive integer, numHeads does not divide the width, a rate is out of range, or there
 *   is no such placement
 */
export abstract class Block extends Layer {
  readonly dropout: number;
  readonly selfAttentionDropout: number;
  readonly feedForwardDropout: number;
  readonly norm: NormPlacement;
  readonly parallel: boolean;
  readonly returnWeights: boolean;
  protected readonly feedForward: Layer;
  protected readonly feedForwardNorms: PartNorms;
  private readonly norms: Layer[] = [];
  private readonly given: BlockArgs;
  private readonly attention?: Attention;

  constructor({
    numHeads,
    hiddenDim,
    activation,
    dropout: rate = 0,
    selfAttentionDropout = rate,
    feedForwardDropout = rate,
    norm = 'post',
    parallel = false,
    epsilon,
    returnWeights = false,
    attention,
    feedForward,
    normLayer,
    ...args
  }: BlockArgs) {
    super(args);
    if (!placements.includes(norm)) {
      throw new RangeError(`norm must be one of ${placements.join(', ')}, but is ${norm}`);
    }
    if (parallel && norm === 'post') throw new RangeError('parallel must not go with norm post, but does');
    for (const [name, value, part] of [
      ['numHeads', numHeads, attention],
      ['hiddenDim', hiddenDim, feedForward],
    ] as const) {
      if (value === undefined && part === undefined)
        throw new RangeError(`${name} must be given, but is not`);
    }
    this.dropout = dropoutRate('dropout', rate);
    this.selfAttentionDropout = dropoutRate('selfAttentionDropout', selfAttentionDropout);
    this.feedForwardDropout = dropoutRate('feedForwardDropout', feedForwardDropout);
    this.norm = norm;
    this.parallel = parallel;
    this.returnWeights = returnWeights;
    this.given = {
      ...(numHeads !== undefined && { numHeads }),
      ...(hiddenDim !== undefined && { hiddenDim }),
      ...(activation !== undefined && { activation }),
      ...{ dropout: rate, norm, returnWeights },
      ...(parallel && { parallel }),
      ...(selfAttentionDropout !== rate && { selfAttentionDropout }),
      ...(feedForwardDropout !== rate && { feedForwardDropout }),
      ...(epsilon !== undefined && { epsilon }),
      ...(attention && { attention: described('attention', attention) }),
      ...(feedForward && { feedForward: described('feedForward', feedForward) }),
      ...(normLayer && { normLayer: described('normLayer', normLayer) }),
    };
    if (attention) this.attention = partOf('attention', attention, 'an attention', Attention);
    this.feedForward = this.own(
      'feed_forward',
      feedForward
        ? partOf('feedForward', feedForward, 'a layer of chui', Layer)
        : new FeedForward({ hiddenDim: hiddenDim!, dropout: rate, ...(activation && { activation }) }),
    );
    this.feedForwardNorms = this.normsOf('feed_forward');
  }

  /** The norms of a part that has this name. */
  protected normsOf(name: string): PartNorms {
    const make = (of: string) => {
      const { normLayer, epsilon = 1e-5 } = this.given;
      const layer = normLayer
        ? partOf('normLayer', normLayer, 'a layer of chui', Layer)
        : new LayerNorm({ epsilon });
      this.norms.push(layer);
      return this.own(of, layer);
    };
    switch (this.norm) {
      case 'post':
        return { after: make(`${name}_norm`) };
      case 'pre':
        return { before: make(`${name}_norm`) };
      case 'sandwich':
        return { before: make(`${name}_norm`), inner: make(`${name}_output_norm`) };
    }
  }

  /** The self-attention that was given, or multi-head attention. */
  protected selfAttentionOf({ causal = false }: { causal?: boolean } = {}): Attention {
    return this.attention ?? this.multiHead({ causal });
  }

  protected multiHead({ causal = false } = {}): MultiHeadAttention {
    const { numHeads } = this.given;
    if (numHeads === undefined) throw new RangeError('numHeads must be given, but is not');
    const { dropout, returnWeights } = this;
    return new MultiHeadAttention({ numHeads, dropout, causal, returnWeights });
  }

  /** Builds the norms and the feed-forward network for states of a shape. */
  protected buildParts(x: Shape): void {
    this.buildOwned(this.feedForward, x);
    const made = this.feedForward.computeOutputShape(x) as Shape;
    if (made.at(-1) !== x.at(-1)) {
      throw new RangeError(`feedForward must put out the width ${x.at(-1)}, but puts out ${made.at(-1)}`);
    }
    for (const norm of this.norms) this.buildOwned(norm, x);
  }

  /** What a part reads. */
  protected enter(x: Tensor, { before }: PartNorms): Tensor {
    return before ? (before.call(x, {}) as Tensor) : x;
  }

  /** Joins the states and what a part made of them, of which a share is dropped in training. */
  protected leave(
    x: Tensor,
    made: Tensor,
    { inner, after }: PartNorms,
    { training, rate = this.dropout }: { training: boolean; rate?: number },
  ): Tensor {
    const whole = inner ? (inner.call(made, {}) as Tensor) : made;
    const joined = add(x, dropout(whole, rate, { training }));
    return after ? (after.call(joined, {}) as Tensor) : joined;
  }

  /**
   * The last part of every block.
   *
   * @param entered what the block read, which with `parallel` the network reads
   */
  protected callFeedForward(x: Tensor, training: boolean, entered = x): Tensor {
    const read = this.parallel ? entered : x;
    const made = this.feedForward.call(this.enter(read, this.feedForwardNorms), { training }) as Tensor;
    return this.leave(x, made, this.feedForwardNorms, { training, rate: this.feedForwardDropout });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.given as serialization.ConfigDict) };
  }
}

/** A part as its configuration. */
function described(name: string, part: Part): serialization.ConfigDict {
  const layer = partOf(name, part, 'a layer of chui', Layer);
  if (layer.built) throw new RangeError(`${name} must not be built before the block, but is`);
  return serializeLayer(layer);
}
