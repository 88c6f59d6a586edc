import { dropout } from '@chui/runtime';
import {
  add,
  cast,
  concat,
  less,
  max,
  maximum,
  mul,
  ones,
  range,
  reshape,
  type serialization,
  slice,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { maskOf } from '../../ops/mask.js';
import { positionsFrom } from '../../position/distances.js';
import type { CalledInputs } from '../attention.js';
import { HeadedAttention, type HeadedAttentionArgs, type HeadReading } from '../headed_attention.js';
import type { Memory } from '../scored_attention.js';
import { isOfSlots, slotsOf, slotsOfHeads } from '../slots.js';
import { type BlockOperands, type Candidates, flags, inBlocks, ofAll } from './blocks.js';

/** What the constructor of a sparse attention takes. */
export interface SparseAttentionArgs extends HeadedAttentionArgs {
  /** Tokens at the beginning that attend to every slot, and that every query attends to. Default 0. */
  numGlobalTokens?: number;
}

/**
 * Base of the attentions in which each query reads few slots, by where they stand: multi-head attention under a mask that
 * is a pattern. What it puts out is exactly that; blocks of queries read blocks of slots, so that neither time nor memory
 * grows with T·S.
 *
 * - inputs, masks and outputs: see {@link Attention}; query t and slot t are at the same position
 * - weights: see {@link HeadProjections}
 *
 * A mask that is not the same for every query, a bias, positions that add to scores, and `returnWeights` ask for all pairs,
 * and take as much time and memory as attention to everything.
 */
export abstract class SparseAttention extends HeadedAttention {
  readonly numGlobalTokens: number;

  constructor({ numGlobalTokens = 0, ...args }: SparseAttentionArgs) {
    super(args);
    if (!Number.isInteger(numGlobalTokens) || numGlobalTokens < 0) {
      throw new RangeError(`numGlobalTokens must be an integer of at least 0, but is ${numGlobalTokens}`);
    }
    this.numGlobalTokens = numGlobalTokens;
  }

  /** Queries of a block, b. */
  protected abstract get blockLength(): number;
  /**
   * 1 where query i attends to slot j and 0 elsewhere, float32, from positions int32: (B, T, 1), where B may be 1, and
   * (1, 1, S). Whether it is causal, and which tokens are global, is not for it to say.
   */
  protected abstract pattern(query: Tensor, slot: Tensor): Tensor;
  /** Every slot that the pattern has, once, but those of global tokens, which may not be allowed; causal, if it is. */
  protected abstract candidates(operands: BlockOperands): Candidates[];

  protected override window(query: Tensor, { keys, mask }: Memory, first?: Tensor) {
    const [length, slots] = [query.shape[1]!, keys.shape[2]!];
    const i = reshape(positionsFrom(length, first), [-1, length, 1]);
    const j = reshape(range(0, slots, 1, 'int32'), [1, 1, slots]);
    const near = this.pattern(i, j); // (1 or B, T, S)
    const global = (position: Tensor) => cast(less(position, this.numGlobalTokens), 'float32');
    const seen = this.numGlobalTokens > 0 ? maximum(near, maximum(global(i), global(j))) : near;
    const allowed = reshape(seen, [-1, 1, length, slots]);
    return { mask: maskOf(mask ? mul(allowed, mask.allowed) : allowed) };
  }

  protected override inParts(
    { query, key, value, mask, bias }: CalledInputs,
    { training }: { training: boolean },
  ): HeadReading | undefined {
    const ofPairs = bias || (mask && !isOfSlots(mask)) || this.positions?.bias(1, 1);
    if (ofPairs || this.normalization.prepare) return;
    const [batch, length, source] = [query.shape[0]!, query.shape[1]!, key.shape[1]!];
    const folded = (heads: Tensor) => reshape(heads, [-1, heads.shape[2]!, heads.shape[3]!]); // (N, …)
    const queries = folded(this.projectQueries(query));
    const memory = {
      keys: folded(this.projectKeys(key)),
      values: folded(this.projectValues(value)),
      slots: mask ? slotsOfHeads(slotsOf(mask), batch, this.numHeads, source) : ones([1, source, 1]),
    };
    const size = this.blockLength;
    const blocks = inBlocks(queries, size);
    const parts = this.candidates({ queries: blocks, ...memory });
    const global = Math.min(this.numGlobalTokens, source);
    if (global > 0) parts.push(this.globalSlots({ queries: blocks, ...memory }, global));
    let read = this.readParts(parts, training).map((x) => slice(x, [0, 0, 0], [-1, length, -1]));
    if (global > 0) {
      const first = Math.min(global, length);
      const ofFirst = this.readParts(
        [this.allSlots(slice(queries, [0, 0, 0], [-1, first, -1]), memory)],
        training,
      );
      const others = read.map((x) => slice(x, [0, first, 0], [-1, length - first, -1]));
      read = others.map((x, i) => concat([ofFirst[i]!, x], 1));
    }
    const [heads, attends] = read.map((x) => reshape(x, [batch, this.numHeads, length, -1])) as [
      Tensor,
      Tensor,
    ];
    return {
      heads: this.projections.beside(heads),
      attends: mask || source < length ? max(attends, 1) : undefined,
    };
  }

  /** What queries read of candidates, (N, n·b, V), and 1 for those that may read any, (N, n·b, 1). */
  private readParts(parts: Candidates[], training: boolean): Tensor[] {
    const joined = (of: Tensor[]) => (of.length === 1 ? of[0]! : concat(of, 3));
    const scores = joined(parts.map((part) => part.scores));
    const shape = [0, 1, 2].map((axis) => Math.max(...parts.map(({ allowed }) => allowed.shape[axis]!)));
    const allowed = joined(parts.map((part) => mul(part.allowed, ones([...shape, part.scores.shape[3]!]))));
    const weights = this.normalization.normalize(scores, { mask: maskOf(allowed), training });
    const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training }) : weights;
    let begin = 0;
    const read = parts.map((part) => {
      const width = part.scores.shape[3]!;
      const share = slice(kept, [0, 0, 0, begin], [-1, -1, -1, width]);
      begin += width;
      return part.read(share);
    });
    const heads = read.reduce((all, each) => add(all, each));
    const [all, count, size] = heads.shape as [number, number, number];
    const attends = mul(max(allowed, 3, true), ones([all, count, size, 1]));
    return [heads, attends].map((x) => reshape(x, [all, count * size, -1]));
  }

  /** The slots of global tokens, for every block. */
  private globalSlots({ queries, keys, values, slots }: BlockOperands, global: number): Candidates {
    const [, count, size] = queries.shape as [number, number, number];
    const seen = (x: Tensor) => slice(x, [0, 0, 0], [-1, global, -1]);
    const past = flags(count * size, global, (i, j) => !this.causal || j <= i);
    const allowed = mul(reshape(past, [1, count, size, global]), reshape(seen(slots), [-1, 1, 1, global]));
    return ofAll(queries, seen(keys), seen(values), allowed);
  }

  /** All slots, for a block of the first queries (N, b, K). */
  private allSlots(queries: Tensor, { keys, values, slots }: Omit<BlockOperands, 'queries'>): Candidates {
    const [all, size, width] = queries.shape as [number, number, number];
    const source = keys.shape[1]!;
    const past = flags(size, source, (i, j) => !this.causal || j <= i);
    const allowed = mul(past, reshape(slots, [-1, 1, 1, source]));
    return ofAll(reshape(queries, [all, 1, size, width]), keys, values, allowed);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), numGlobalTokens: this.numGlobalTokens };
  }
}
