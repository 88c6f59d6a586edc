import {
  add,
  gather,
  matMul,
  mul,
  range,
  reshape,
  type serialization,
  slice,
  type Tensor,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../feed_forward/linear.js';
import { glorotUniform } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { attentionShapes } from './attention_shapes.js';
import { attends, headWidth } from './head_projections.js';
import { joinHeads, splitHeads } from './key_value_projection.js';
import { type Memory, ScoredAttention, type ScoredAttentionArgs } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export interface StaticMixingArgs extends ScoredAttentionArgs {
  /** Heads H. */
  numHeads: number;
  /** Most positions M of queries and of slots. */
  maxLength: number;
  /** Rank r of the scores, which are then a product of factors; all M·M are learned if left out. */
  rank?: number;
  /** Width V of every head's values; the query's width over numHeads if left out. */
  valueDim?: number;
  /** Width of the context; the query's if left out. */
  outputDim?: number;
  /** Whether the projections have biases. Default true. */
  useBias?: boolean;
}

/**
 * Static mixing: multi-head attention whose scores are learned and fixed, and depend on where a query and a slot stand and on
 * nothing else: head_h = softmax(R_h) V_h, output = [head_1 … head_H] W_O + b_O, where V = v W_V + b_V is cut into heads
 * along its width, and R_h, of which the first T rows and S columns are used, is (M, M), or A_h B_hᵀ of rank r.
 *
 * Beside an attention of as many parameters, see `staticMixingRank`, it shows what weights that depend on the input are worth.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ; the context is
 *   (B, T, outputDim), the weights are each head's: (B, H, T, S)
 * - weights: scores R (H, M, M), or row_factors A (H, M, r) and column_factors B (H, M, r); value_kernel (Dv, H·V) and
 *   output_kernel (H·V, outputDim), with value_bias and output_bias
 *
 * @throws RangeError if a size is not a positive integer, numHeads does not divide what it must, or there are more than
 *   maxLength positions
 * @see Tay et al. (2020), Synthesizer, section 3, https://arxiv.org/abs/2005.00743, where it is the random Synthesizer, trained,
 *   and with a rank the factorised one
 */
export class StaticMixing extends ScoredAttention {
  static readonly className = 'ChuiStaticMixing';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = softmax(R_h) V_h',
    paper: { authors: 'Tay et al.', year: 2020, url: 'https://arxiv.org/abs/2005.00743' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'H·T·S',
  };
  readonly numHeads: number;
  readonly maxLength: number;
  readonly rank?: number;
  private readonly sizes: { valueDim?: number; outputDim?: number; useBias: boolean };
  private value!: Linear;
  private outcome!: Linear;
  /** R, or A and B. */
  private tables!: [rows: LayerVariable, columns?: LayerVariable];

  constructor({ numHeads, maxLength, rank, valueDim, outputDim, useBias = true, ...args }: StaticMixingArgs) {
    super(args, positiveInteger('numHeads', numHeads));
    this.numHeads = numHeads;
    this.maxLength = positiveInteger('maxLength', maxLength);
    if (rank !== undefined) this.rank = positiveInteger('rank', rank);
    this.sizes = {
      ...(valueDim !== undefined && { valueDim: positiveInteger('valueDim', valueDim) }),
      ...(outputDim !== undefined && { outputDim: positiveInteger('outputDim', outputDim) }),
      useBias,
    };
  }

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    this.checkLengths(query[1]!, key[1]!);
    const { numHeads, maxLength, rank } = this;
    const table = (name: string, columns: number) =>
      this.weight(name, [numHeads, maxLength, columns], glorotUniform());
    this.tables = rank
      ? [table('row_factors', rank), table('column_factors', rank)]
      : [table('scores', maxLength)];
    const { valueDim = headWidth(query[2]!, numHeads), outputDim = query[2]!, useBias } = this.sizes;
    this.value = this.own('value', new Linear({ units: numHeads * valueDim, useBias }), 'value_');
    this.outcome = this.own('output', new Linear({ units: outputDim, useBias }), 'output_');
    this.buildOwned(this.value, value);
    this.buildOwned(this.outcome, [query[0]!, query[1]!, numHeads * valueDim]);
    super.build(shapes);
  }

  protected override contextWidth(query: Shape): number | null {
    return this.sizes.outputDim ?? query[2]!;
  }

  /** A number for each slot: of keys it matters only how many there are. */
  override projectKeys(key: Tensor): Tensor {
    return slice(key, [0, 0, 0], [-1, -1, 1]); // (B, S, 1)
  }

  protected override projectValues(value: Tensor): Tensor {
    return splitHeads(this.value.call(value), this.numHeads); // (B, H, S, V)
  }

  override scores(query: Tensor, { keys }: Memory, first?: Tensor): Tensor {
    const [batch, length] = query.shape as [number, number];
    const slots = keys.shape[1]!;
    this.checkLengths(length, slots);
    const [rows, columns] = this.tables.map((table) => table!.read()) as [Tensor, Tensor?];
    const asked = first ? gather(rows, placesFrom(first, length), 1) : slice(rows, 0, [-1, length, -1]);
    const scores = columns
      ? matMul(asked, slice(columns, 0, [-1, slots, -1]), false, true)
      : slice(asked, 0, [-1, -1, slots]); // (H, F·T, S) for queries that start at F places
    const each = transpose(reshape(scores, [this.numHeads, -1, length, slots]), [1, 0, 2, 3]); // (F, H, T, S)
    return add(each, zeros([batch, 1, 1, 1])); // (B, H, T, S)
  }

  protected override read(weights: Tensor, { values, mask }: Memory): Tensor {
    const context = this.outcome.call(joinHeads(matMul(weights, values))); // (B, T, outputDim)
    return mask && this.sizes.useBias ? mul(context, attends(mask)) : context;
  }

  private checkLengths(query: number | null, key: number | null): void {
    for (const [name, length] of Object.entries({ query, key })) {
      if (length !== null && length > this.maxLength) {
        throw new RangeError(
          `length of the ${name} must not exceed maxLength ${this.maxLength}, but is ${length}`,
        );
      }
    }
  }

  override getConfig(): serialization.ConfigDict {
    const { numHeads, maxLength, rank, sizes } = this;
    return { ...super.getConfig(), numHeads, maxLength, ...(rank && { rank }), ...sizes };
  }
}
register(StaticMixing);

export const staticMixing = (args: StaticMixingArgs) => new StaticMixing(args);

/**
 * The rank with which `StaticMixing` has as many parameters as `MultiHeadAttention` of the same width and heads, or as nearly
 * as a whole number allows: its factors, 2·H·M·r numbers, stand for the projections of queries and keys, 2·D·(D + 1).
 *
 * @throws RangeError if a size is not a positive integer
 */
export function staticMixingRank({
  dim,
  numHeads,
  maxLength,
  useBias = true,
}: {
  dim: number;
  numHeads: number;
  maxLength: number;
  useBias?: boolean;
}): number {
  for (const [name, size] of Object.entries({ dim, numHeads, maxLength })) positiveInteger(name, size);
  return Math.max(1, Math.round((dim * (dim + Number(useBias))) / (numHeads * maxLength)));
}

/** Positions of so many queries in a row, from each of the first ones on: (F) → (F·T). */
function placesFrom(first: Tensor, length: number): Tensor {
  return reshape(add(reshape(first, [-1, 1]), range(0, length, 1, 'int32')), [-1]);
}
