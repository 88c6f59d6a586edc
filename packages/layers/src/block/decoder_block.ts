import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { Attention } from '../attention/attention.js';
import { HeadedAttention } from '../attention/headed_attention.js';
import type { KeyValueProjection } from '../attention/key_value_projection.js';
import {
  partOf,
  positiveInteger,
  register,
  type Shapes,
  sequenceShape,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { attentionMask } from '../ops/mask.js';
import { Block, type BlockArgs } from './block.js';

/** Options of `DecoderBlock`. */
export interface DecoderBlockArgs extends BlockArgs {
  /** Width M of the memory. Default: that of the first memory, or D where the first inputs are those of a step. */
  memoryDim?: number;
  /** Attention to the memory in the place of multi-head attention: one with heads. */
  crossAttention?: HeadedAttention | serialization.ConfigDict;
}

/**
 * A block of the Transformer's decoder: causal self-attention, attention to a memory, feed-forward network.
 *
 * - inputs, all positions of a known target: [x, memory, memoryMask?, selfMask?], x (B, T, D), memory (B, S, M); masks
 *   as `Attention` takes them, nonzero = may attend, the second besides the causal one
 * - outputs: y (B, T, D), or [y, self-attention's weights (B, H, T, T), memory's weights (B, H, T, S)] with `returnWeights`
 * - weights: `self_attention/…`, `cross_attention/…`, `feed_forward/…`, see `MultiHeadAttention` and `FeedForward`; for
 *   each a norm, `self_attention_norm/…`, see `LayerNorm`
 *
 * With caches among the inputs it is one decoding step, which gives what all positions at once give at this one. The
 * memory is then its keys and values, which `memoryProjection` makes once for all steps:
 *
 * - inputs: [x, memoryKey, memoryValue, memoryMask, pastKey, pastValue, position], x (B, 1, D), memory (B, H, S, K) with
 *   K = D / H, caches (B, H, C, K) of any capacity C, position the slot of x in them, int32, below C: (), (1), (B) or (B, 1)
 * - outputs: [y, presentKey, presentValue], or [y, weights (B, H, 1, C), weights (B, H, 1, S), presentKey, presentValue]
 *
 * Semantics are those of PyTorch's TransformerDecoderLayer, and so is the default of epsilon, 1e-5.
 *
 * @throws RangeError if numHeads does not divide D, or the inputs are not such a list.
 * @see Vaswani et al. (2017), section 3.1, https://arxiv.org/abs/1706.03762; Xiong et al. (2020) for pre-norm,
 *   https://arxiv.org/abs/2002.04745; Ding et al. (2021), section 2.4, for sandwich norms, https://arxiv.org/abs/2105.13290
 */
export class DecoderBlock extends Block {
  static readonly className = 'ChuiDecoderBlock';
  private memoryDim?: number;
  readonly selfAttention: Attention;
  readonly crossAttention: HeadedAttention;
  private readonly givenCrossAttention?: serialization.ConfigDict;
  private readonly selfAttentionNorms = this.normsOf('self_attention');
  private readonly crossAttentionNorms = this.normsOf('cross_attention');

  constructor({ memoryDim, crossAttention, ...args }: DecoderBlockArgs) {
    super(args);
    this.selfAttention = this.selfAttentionOf({ causal: true });
    if (!this.selfAttention.causal) throw new RangeError('attention must be causal in a decoder, but is not');
    if (crossAttention === undefined) {
      this.crossAttention = this.multiHead();
    } else {
      const given = partOf('crossAttention', crossAttention, 'an attention with heads', HeadedAttention);
      this.crossAttention = given;
      this.givenCrossAttention = serializeLayer(given);
    }
    if (this.crossAttention.returnWeights !== this.selfAttention.returnWeights) {
      throw new RangeError(
        `returnWeights must be the same of attention and crossAttention, but is ${this.selfAttention.returnWeights} and ${this.crossAttention.returnWeights}`,
      );
    }
    if (memoryDim !== undefined) this.memoryDim = positiveInteger('memoryDim', memoryDim);
  }

  override build(shapes: Shapes): void {
    const { x, memory } = this.shapes(shapes);
    this.memoryDim = memory[2]!;
    this.own('self_attention', this.selfAttention);
    this.own('cross_attention', this.crossAttention);
    this.buildOwned(this.selfAttention, [x, x, x]);
    this.buildOwned(this.crossAttention, [x, memory, memory]);
    this.buildParts(x);
    // By itself in a saved model, its weights are called there what they are called here.
    this.memoryProjection.name = `${this.name}/cross_attention`;
    super.build(shapes);
  }

  /**
   * Makes a memory (B, S, M) into [memoryKey, memoryValue] of the decoding steps. A part of the block, which must be
   * built; it can be applied by itself, also to symbols.
   */
  get memoryProjection(): KeyValueProjection {
    return this.crossAttention.keysAndValues;
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const given = named([inputs].flat());
    const { x, memoryMask } = given;
    return tidy(() => {
      const query = this.enter(x, this.selfAttentionNorms);
      const own = given.cache
        ? this.selfAttention.attendCached({
            query,
            cache: [given.cache.pastKey, given.cache.pastValue],
            position: given.cache.position,
          })
        : this.attendToSelf(query, given.selfMask, training);
      const known = this.leave(x, own.context, this.selfAttentionNorms, {
        training,
        rate: this.selfAttentionDropout,
      });

      const question = this.enter(known, this.crossAttentionNorms);
      const memory = given.cache
        ? { ...given.memory, mask: attentionMask(given.memoryMask, 4) }
        : this.crossAttention.prepare({ key: given.memory, mask: memoryMask });
      const read = this.crossAttention.step(question, memory, { training });
      const told = this.leave(known, read.context, this.crossAttentionNorms, { training });

      const y = this.callFeedForward(told, training);
      const outputs = this.selfAttention.returnWeights ? [y, own.weights!, read.weights] : [y];
      if ('cache' in own) outputs.push(...own.cache);
      return outputs.length === 1 ? y : outputs;
    });
  }

  private attendToSelf(query: Tensor, mask: Tensor | undefined, training: boolean) {
    const inputs = mask ? [query, query, query, mask] : [query, query, query];
    const [context, weights] = [this.selfAttention.call(inputs, { training })].flat() as [Tensor, Tensor?];
    return { context, weights };
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const { x, memory, cache } = this.shapes(shapes);
    const [batch, length] = x as [number, number];
    const outputs = [x];
    if (this.selfAttention.returnWeights) {
      const slots = cache ? cache.pastKey.at(-2)! : length;
      const states = [batch, slots, x[2]!];
      outputs.push(this.selfAttention.resultShapes([x, states, states])[1]);
      outputs.push(this.crossAttention.resultShapes([x, memory, memory])[1]);
    }
    if (cache) outputs.push(cache.pastKey, cache.pastValue);
    return outputs.length === 1 ? x : outputs;
  }

  override getConfig(): serialization.ConfigDict {
    const { memoryDim, givenCrossAttention: crossAttention } = this;
    return {
      ...super.getConfig(),
      ...(memoryDim !== undefined && { memoryDim }),
      ...(crossAttention && { crossAttention }),
    };
  }

  /** The shapes of the inputs, checked, the memory's being (B, S, M) in a step too. */
  private shapes(shapes: Shapes): { x: Shape; memory: Shape; cache?: Cache<Shape> } {
    const given = named(shapeList(shapes));
    const x = sequenceShape('x', given.x);
    if (!given.cache) {
      const memory = sequenceShape('memory', given.memory);
      const { memoryDim = memory[2] } = this;
      if (memory[2] !== memoryDim) {
        throw new RangeError(`memory must have the width ${memoryDim}, but has ${memory[2]}`);
      }
      return { x, memory };
    }
    if (x[1] !== 1) throw new RangeError(`x must be of length 1 with caches, but has shape [${x}]`);
    const { keys } = given.memory;
    if (keys.length !== 4) {
      throw new RangeError(
        `memoryKey must be of rank 4 (batch, heads, length, width), but has shape [${keys}]`,
      );
    }
    return { x, memory: [x[0], keys[2]!, this.memoryDim ?? x[2]], cache: given.cache };
  }
}
register(DecoderBlock);

/** @see DecoderBlock */
export const decoderBlock = (args: DecoderBlockArgs) => new DecoderBlock(args);

interface Cache<T> {
  pastKey: T;
  pastValue: T;
  position: T;
}

/** A known target, or one step. */
type DecoderInputs<T> =
  | { x: T; memory: T; memoryMask?: T; selfMask?: T; cache?: undefined }
  | { x: T; memory: { keys: T; values: T }; memoryMask: T; cache: Cache<T> };

function named<T>(inputs: T[]): DecoderInputs<T> {
  if (inputs.length >= 2 && inputs.length <= 4) {
    const [x, memory, memoryMask, selfMask] = inputs as [T, T, T?, T?];
    return { x, memory, memoryMask, selfMask };
  }
  if (inputs.length === 7) {
    const [x, keys, values, memoryMask, pastKey, pastValue, position] = inputs as [T, T, T, T, T, T, T];
    return { x, memory: { keys, values }, memoryMask, cache: { pastKey, pastValue, position } };
  }
  throw new RangeError(
    'inputs must be [x, memory, memoryMask?, selfMask?] or ' +
      `[x, memoryKey, memoryValue, memoryMask, pastKey, pastValue, position], but are ${inputs.length}`,
  );
}
