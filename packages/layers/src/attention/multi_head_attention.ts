import { attendInOnePass } from '@chui/runtime';
import {
  add,
  cast,
  equal,
  expandDims,
  lessEqual,
  matMul,
  max,
  mul,
  range,
  reshape,
  type serialization,
  sub,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../feed_forward/linear.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { type AttentionMask, attentionMask } from '../ops/mask.js';
import {
  Attention,
  type AttentionArgs,
  type AttentionInputs,
  type AttentionResult,
  attentionShapes,
  type Memory,
} from './attention.js';
import { KeyValueProjection, splitHeads } from './key_value_projection.js';

export interface MultiHeadAttentionArgs extends AttentionArgs {
  numHeads: number;
  /** Width K of every head's queries and keys. */
  keyDim: number;
  /** Width of every head's values; keyDim if left out. */
  valueDim?: number;
  /** Width of the context; the query's if left out. */
  outputDim?: number;
  useBias?: boolean;
}

/** One position of a sequence, and what was kept of the positions before it. */
export interface CachedInputs {
  /** (B, 1, Dq), which is key and value as well */
  query: Tensor;
  /** Projected keys (B, H, C, K) of a fixed capacity C. */
  pastKey: Tensor;
  /** Projected values (B, H, C, V). */
  pastValue: Tensor;
  /** Slot of this position, int32, below C: one for all, () or (1), or one for each row, (B) or (B, 1). */
  position: Tensor;
  /** Further restriction on the slots: (B, C), (B, 1, C) or (B, H, 1, C). */
  mask?: Tensor;
}

/** The context (B, 1, D) and weights (B, H, 1, C) of a position, and the cache that has it. */
export interface CachedResult extends AttentionResult {
  readonly presentKey: Tensor;
  readonly presentValue: Tensor;
}

/**
 * Multi-head attention: head_h = softmax(Q_h K_hᵀ / √K) V_h, output = [head_1 … head_H] W_O + b_O, where
 * Q = q W_Q + b_Q, K = k W_K + b_K and V = v W_V + b_V are cut into heads along their width.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ; the context is
 *   (B, T, outputDim), the weights are each head's, before dropout: (B, H, T, S)
 * - weights: query_kernel (Dq, H·K), key_kernel (Dk, H·K), value_kernel (Dv, H·V), output_kernel (H·V, outputDim),
 *   and query_bias, key_bias, value_bias, output_bias with `useBias`
 *
 * Semantics are Keras's. PyTorch's `embed_dim` is here H·K = H·V = outputDim = Dq.
 *
 * @throws RangeError if a size is not a positive integer
 * @see Vaswani et al. (2017), section 3.2, https://arxiv.org/abs/1706.03762
 */
export class MultiHeadAttention extends Attention {
  static readonly className = 'ChuiMultiHeadAttention';
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly outputDim?: number;
  readonly useBias: boolean;
  /** The part of the attention that does not depend on the query. */
  readonly keysAndValues: KeyValueProjection;
  private readonly query: Linear;
  private projection!: Linear;

  constructor({
    numHeads,
    keyDim,
    valueDim = keyDim,
    outputDim,
    useBias = true,
    ...args
  }: MultiHeadAttentionArgs) {
    super(args, positiveInteger('numHeads', numHeads));
    this.numHeads = numHeads;
    this.keyDim = positiveInteger('keyDim', keyDim);
    this.valueDim = positiveInteger('valueDim', valueDim);
    if (outputDim !== undefined) this.outputDim = positiveInteger('outputDim', outputDim);
    this.useBias = useBias;
    this.query = this.own('query', new Linear({ units: numHeads * keyDim, useBias }), 'query_');
    this.keysAndValues = this.own(
      'keys_and_values',
      new KeyValueProjection({ numHeads, keyDim, valueDim, useBias }),
      '',
    );
  }

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    const { outputDim = query[2]!, numHeads, valueDim, useBias } = this;
    this.projection = this.own('output', new Linear({ units: outputDim, useBias }), 'output_');
    this.buildOwned(this.query, query);
    this.buildOwned(this.keysAndValues, [key, value]);
    this.buildOwned(this.projection, [query[0]!, query[1]!, numHeads * valueDim]);
    super.build(shapes);
  }

  /**
   * Causal self-attention of one position, for decoding step by step: writes its key and value at `position` and
   * attends to the slots up to there. Shapes stay the same from step to step, and nothing is read back.
   */
  attendCached({ query, pastKey, pastValue, position, mask }: CachedInputs): CachedResult {
    return tidy(() => {
      const capacity = pastKey.shape[2]!;
      const at = reshape(position, [-1, 1, 1, 1]); // (B, 1, 1, 1)
      const slots = reshape(range(0, capacity, 1, 'int32'), [1, 1, 1, capacity]);
      const slot = cast(equal(reshape(slots, [1, 1, capacity, 1]), at), 'float32'); // (B, 1, C, 1)
      const write = (past: Tensor, present: Tensor) => add(mul(past, sub(1, slot)), mul(present, slot));
      const presentKey = write(pastKey, this.projectKeys(query)); // (B, H, C, K)
      const presentValue = write(pastValue, this.projectValues(query)); // (B, H, C, V)

      const past = cast(lessEqual(slots, at), 'float32'); // (B, 1, 1, C)
      const allowed = mask ? mul(attentionMask(mask, 4).allowed, past) : past;
      const memory = { keys: presentKey, values: presentValue, mask: attentionMask(allowed, 4) };
      return { ...this.step(query, memory), presentKey, presentValue };
    });
  }

  protected override contextWidth(query: Shape): number | null {
    return this.outputDim ?? query[2]!;
  }

  protected override projectKeys(key: Tensor): Tensor {
    return this.keysAndValues.projectKeys(key); // (B, S, Dk) → (B, H, S, K)
  }

  protected override projectValues(value: Tensor): Tensor {
    return this.keysAndValues.projectValues(value); // (B, S, Dv) → (B, H, S, V)
  }

  protected override scores(query: Tensor, keys: Tensor): Tensor {
    const scaled = mul(this.query.call(query), 1 / Math.sqrt(this.keyDim)); // (B, T, H·K)
    return matMul(splitHeads(scaled, this.numHeads), keys, false, true); // (B, H, T, S)
  }

  protected override read(weights: Tensor, { values, mask }: Memory): Tensor {
    const heads = transpose(matMul(weights, values), [0, 2, 1, 3]); // (B, H, T, V) → (B, T, H, V)
    const [batch, length] = heads.shape as [number, number];
    return this.project(reshape(heads, [batch, length, this.numHeads * this.valueDim]), mask);
  }

  protected override inOnePass({ query, key, value, mask: given }: AttentionInputs<Tensor>): Tensor {
    const mask = given && attentionMask(given, 4);
    const heads = attendInOnePass({
      query: this.query.call(query),
      keys: this.keysAndValues.key.call(key!),
      values: this.keysAndValues.value.call(value!),
      numHeads: this.numHeads,
      allowed: mask?.allowed,
    });
    return this.project(heads, mask);
  }

  /** The context (B, T, D) of what the heads read, side by side (B, T, H·V). */
  private project(heads: Tensor, mask?: AttentionMask): Tensor {
    const context = this.projection.call(heads);
    if (!mask || !this.useBias) return context;
    const attends = expandDims(max(mask.allowed, [1, 3]), -1); // (B, T, 1), 0 where no slot is allowed
    return mul(context, attends); // (B, T, D), without the bias there
  }

  override getConfig(): serialization.ConfigDict {
    const { numHeads, keyDim, valueDim, outputDim, useBias } = this;
    return {
      ...super.getConfig(),
      numHeads,
      keyDim,
      valueDim,
      useBias,
      ...(outputDim !== undefined && { outputDim }),
    };
  }
}
register(MultiHeadAttention);

export const multiHeadAttention = (args: MultiHeadAttentionArgs) => new MultiHeadAttention(args);
