import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Attention, CachedInputs, CallArgs } from '../attention/attention.js';
import { register, type Shapes, sequenceShape, shapeList, type Tensors } from '../layer.js';
import { Block, type BlockArgs } from './block.js';

/** Options of `EncoderBlock`. */
export interface EncoderBlockArgs extends BlockArgs {
  /** Whether position t is kept from those after it, as in a decoder without a memory, unless an attention is given. */
  causal?: boolean;
}

/** Some positions of a sequence, one in most steps, and what was kept of the positions before them. */
export type BlockStep = Omit<CachedInputs, 'query' | 'bias'> & {
  /** (B, T, D) */
  x: Tensor;
};

/**
 * A block of the Transformer's encoder: self-attention, feed-forward network; with `causal`, of a decoder that has no memory.
 *
 * - inputs: x (B, T, D), or [x, mask] with a mask (B, T), (B, T, T) or (B, H, T, T), nonzero = may attend
 * - output: y (B, T, D), or [y, weights (B, H, T, T)] where the attention returns weights
 * - weights: `self_attention/…`, `feed_forward/…`, see the attention and `FeedForward`; `self_attention_norm/…` and
 *   `feed_forward_norm/…`, and `self_attention_output_norm/…` and `feed_forward_output_norm/…` of sandwich norms
 *
 * Semantics are those of PyTorch's TransformerEncoderLayer, and so is the default of epsilon, 1e-5.
 *
 * @throws RangeError if numHeads does not divide D, x is not of rank 3, or a part does not put out the width D
 * @see Vaswani et al. (2017), section 3.1, https://arxiv.org/abs/1706.03762; Xiong et al. (2020) for pre-norm,
 *   https://arxiv.org/abs/2002.04745; Ding et al. (2021), section 2.4, for sandwich norms, https://arxiv.org/abs/2105.13290
 */
export class EncoderBlock extends Block {
  static readonly className = 'ChuiEncoderBlock';
  readonly causal: boolean;
  readonly selfAttention: Attention;
  private readonly selfAttentionNorms = this.normsOf('self_attention');

  constructor({ causal = false, ...args }: EncoderBlockArgs) {
    super(args);
    if (causal && args.attention) throw new RangeError('causal must be left to the attention that is given');
    this.causal = causal;
    this.selfAttention = this.selfAttentionOf({ causal });
  }

  override build(shapes: Shapes): void {
    const x = stateShape(shapes);
    this.own('self_attention', this.selfAttention);
    this.buildOwned(this.selfAttention, [x, x, x]);
    checkWidth(this.selfAttention.resultShapes([x, x, x])[0], x);
    this.buildParts(x);
    super.build(shapes);
  }

  /** With `returnWeights`, on tensors, the weights are put out too, whether or not the attention was made so. */
  override call(inputs: Tensors, { training = false, returnWeights }: CallArgs = {}): Tensors {
    const [x, mask] = [inputs].flat() as [Tensor, Tensor?];
    return tidy(() => {
      const query = this.enter(x, this.selfAttentionNorms);
      const read = mask ? [query, query, query, mask] : [query, query, query];
      const [context, weights] = [this.selfAttention.call(read, { training, returnWeights })].flat() as [
        Tensor,
        Tensor?,
      ];
      const attended = this.leaveSelfAttention(x, context, training);
      const y = this.callFeedForward(attended, training, x);
      return weights ? [y, weights] : y;
    });
  }

  /** A cache for `step`; the block must be built. */
  emptyCache(batch: number, capacity: number): Tensor[] {
    return this.selfAttention.emptyCache(batch, capacity);
  }

  /** Some positions of a causal block, which gives what all positions at once give at these: see `Attention.attendCached`. */
  step({ x, ...past }: BlockStep): { y: Tensor; cache: Tensor[] } {
    return tidy(() => {
      const query = this.enter(x, this.selfAttentionNorms);
      const { context, cache } = this.selfAttention.attendCached({ query, ...past });
      return {
        y: this.callFeedForward(this.leaveSelfAttention(x, context, false), false, x),
        cache,
      };
    });
  }

  private leaveSelfAttention(x: Tensor, context: Tensor, training: boolean): Tensor {
    return this.leave(x, context, this.selfAttentionNorms, { training, rate: this.selfAttentionDropout });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const x = stateShape(shapes);
    const { selfAttention } = this;
    return selfAttention.returnWeights ? [x, selfAttention.resultShapes([x, x, x])[1]] : x;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), causal: this.causal };
  }
}
register(EncoderBlock);

/** @see EncoderBlock */
export const encoderBlock = (args: EncoderBlockArgs) => new EncoderBlock(args);

const stateShape = (shapes: Shapes) => sequenceShape('x', shapeList(shapes)[0]!);

function checkWidth(context: readonly (number | null)[], x: readonly (number | null)[]): void {
  if (context[2] !== x[2]) {
    throw new RangeError(`attention must put out the width ${x[2]}, but puts out ${context[2]}`);
  }
}
