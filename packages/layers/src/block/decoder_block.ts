import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { MultiHeadAttention } from '../attention/multi_head_attention.js';
import { register, type Shapes, type Tensors } from '../layer.js';
import { Block, type BlockArgs } from './block.js';

/**
 * A block of the Transformer's decoder: causal self-attention, attention to a memory, feed-forward network.
 *
 * - inputs, all positions of a known target: [x, memory, memoryMask?, selfMask?], x (B, T, D), memory (B, S, M); masks
 *   as `Attention` takes them, nonzero = may attend, the second besides the causal one
 * - outputs: y (B, T, D), or [y, self-attention's weights (B, H, T, T), memory's weights (B, H, T, S)] with `returnWeights`
 * - weights: `self_attention/…`, `cross_attention/…`, `feed_forward/…`, see `MultiHeadAttention` and `FeedForward`; for
 *   each a norm, `self_attention_norm/…`, see `LayerNorm`
 *
 * With caches among the inputs it is one decoding step, which gives what all positions at once give at this one:
 *
 * - inputs: [x, memory, memoryMask, pastKey, pastValue, position], x (B, 1, D), caches (B, H, C, K) with K = D / H and a
 *   capacity C of any size, position the slot of x in them, int32, below C: (), (1), (B) or (B, 1)
 * - outputs: [y, presentKey, presentValue], or [y, weights (B, H, 1, C), weights (B, H, 1, S), presentKey, presentValue]
 *
 * Semantics are those of PyTorch's TransformerDecoderLayer, and so is the default of epsilon, 1e-5.
 *
 * @throws RangeError if numHeads does not divide D, or the inputs are not such a list.
 * @see Vaswani et al. (2017), section 3.1, https://arxiv.org/abs/1706.03762; Xiong et al. (2020) for `normFirst`,
 *   https://arxiv.org/abs/2002.04745
 */
export class DecoderBlock extends Block {
  static readonly className = 'ChuiDecoderBlock';
  private selfAttention!: MultiHeadAttention;
  private crossAttention!: MultiHeadAttention;
  private readonly selfAttentionNorm = this.norm('self_attention_norm');
  private readonly crossAttentionNorm = this.norm('cross_attention_norm');

  override build(shapes: Shapes): void {
    const { x, memory } = inputShapes(shapes);
    this.selfAttention = this.attention('self_attention', x[2]!, { causal: true });
    this.crossAttention = this.attention('cross_attention', x[2]!);
    this.buildOwned(this.selfAttention, [x, x, x]);
    this.buildOwned(this.crossAttention, [x, memory, memory]);
    this.buildOwned(this.feedForward, x);
    for (const norm of [this.selfAttentionNorm, this.crossAttentionNorm, this.feedForwardNorm]) {
      this.buildOwned(norm, x);
    }
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const { x, memory, memoryMask, selfMask, cache } = named([inputs].flat());
    return tidy(() => {
      const query = this.enter(x, this.selfAttentionNorm);
      const own = cache
        ? this.selfAttention.attendCached({ query, ...cache })
        : this.attendToSelf(query, selfMask, training);
      const known = this.leave(x, own.context, this.selfAttentionNorm, training);

      const question = this.enter(known, this.crossAttentionNorm);
      const prepared = this.crossAttention.prepare({ key: memory, mask: memoryMask });
      const read = this.crossAttention.step(question, prepared, { training });
      const told = this.leave(known, read.context, this.crossAttentionNorm, training);

      const y = this.callFeedForward(told, training);
      const outputs = this.returnWeights ? [y, own.weights, read.weights] : [y];
      if ('presentKey' in own) outputs.push(own.presentKey, own.presentValue);
      return outputs.length === 1 ? y : outputs;
    });
  }

  private attendToSelf(query: Tensor, mask: Tensor | undefined, training: boolean) {
    const inputs = mask ? [query, query, query, mask] : [query, query, query];
    const [context, weights] = this.selfAttention.call(inputs, { training }) as [Tensor, Tensor];
    return { context, weights };
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const { x, memory, cache } = inputShapes(shapes);
    const [batch, length] = x as [number, number];
    const weights = (slots: number | null) => [batch, this.numHeads, length, slots];
    const outputs = [x];
    if (this.returnWeights) outputs.push(weights(cache ? cache.pastKey[2]! : length), weights(memory[1]!));
    if (cache) outputs.push(cache.pastKey, cache.pastValue);
    return outputs.length === 1 ? x : outputs;
  }
}
register(DecoderBlock);

/** @see DecoderBlock */
export const decoderBlock = (args: BlockArgs) => new DecoderBlock(args);

interface DecoderInputs<T> {
  x: T;
  memory: T;
  memoryMask?: T;
  selfMask?: T;
  cache?: { pastKey: T; pastValue: T; position: T };
}

function named<T>(inputs: T[]): DecoderInputs<T> {
  const [x, memory, memoryMask, ...rest] = inputs as [T, T, T, ...T[]];
  if (inputs.length >= 2 && inputs.length <= 4) return { x, memory, memoryMask, selfMask: rest[0] };
  if (inputs.length === 6) {
    const [pastKey, pastValue, position] = rest as [T, T, T];
    return { x, memory, memoryMask, cache: { pastKey, pastValue, position } };
  }
  throw new RangeError(
    'inputs must be [x, memory, memoryMask?, selfMask?] or [x, memory, memoryMask, pastKey, pastValue, position], ' +
      `but are ${inputs.length}`,
  );
}

function inputShapes(shapes: Shapes): DecoderInputs<Shape> {
  const inputs = named((Array.isArray(shapes[0]) ? shapes : [shapes]) as Shape[]);
  const { x, memory, cache } = inputs;
  for (const [name, shape] of Object.entries({ x, memory })) {
    if (shape.length !== 3) {
      throw new RangeError(`${name} must be of rank 3 (batch, length, width), but has shape [${shape}]`);
    }
  }
  if (cache && x[1] !== 1) throw new RangeError(`x must be of length 1 with caches, but has shape [${x}]`);
  return inputs;
}
