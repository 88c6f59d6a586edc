import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { MultiHeadAttention } from '../attention/multi_head_attention.js';
import { register, type Shapes, sequenceShape, shapeList, type Tensors } from '../layer.js';
import { Block, type BlockArgs } from './block.js';

/**
 * A block of the Transformer's encoder: self-attention, feed-forward network.
 *
 * - inputs: x (B, T, D), or [x, mask] with a mask (B, T), (B, T, T) or (B, H, T, T), nonzero = may attend
 * - output: y (B, T, D), or [y, weights (B, H, T, T)] with `returnWeights`
 * - weights: `self_attention/…`, `feed_forward/…`, see `MultiHeadAttention` and `FeedForward`; `self_attention_norm/…` and
 *   `feed_forward_norm/…`, see `LayerNorm`
 *
 * Semantics are those of PyTorch's TransformerEncoderLayer, and so is the default of epsilon, 1e-5.
 *
 * @throws RangeError if numHeads does not divide D, or x is not of rank 3.
 * @see Vaswani et al. (2017), section 3.1, https://arxiv.org/abs/1706.03762; Xiong et al. (2020) for `normFirst`,
 *   https://arxiv.org/abs/2002.04745
 */
export class EncoderBlock extends Block {
  static readonly className = 'ChuiEncoderBlock';
  private selfAttention!: MultiHeadAttention;
  private readonly selfAttentionNorm = this.norm('self_attention_norm');

  override build(shapes: Shapes): void {
    const x = stateShape(shapes);
    this.selfAttention = this.attention('self_attention', x[2]);
    this.buildOwned(this.selfAttention, [x, x, x]);
    this.buildOwned(this.feedForward, x);
    for (const norm of [this.selfAttentionNorm, this.feedForwardNorm]) this.buildOwned(norm, x);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const [x, mask] = [inputs].flat() as [Tensor, Tensor?];
    return tidy(() => {
      const query = this.enter(x, this.selfAttentionNorm);
      const read = mask ? [query, query, query, mask] : [query, query, query];
      const [context, weights] = [this.selfAttention.call(read, { training })].flat() as [Tensor, Tensor?];
      const attended = this.leave(x, context, this.selfAttentionNorm, training);
      const y = this.callFeedForward(attended, training);
      return weights ? [y, weights] : y;
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const x = stateShape(shapes);
    const [batch, length] = x;
    return this.returnWeights ? [x, [batch, this.numHeads, length, length]] : x;
  }
}
register(EncoderBlock);

/** @see EncoderBlock */
export const encoderBlock = (args: BlockArgs) => new EncoderBlock(args);

const stateShape = (shapes: Shapes) => sequenceShape('x', shapeList(shapes)[0]!);
