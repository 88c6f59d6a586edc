import { embeddingLookup } from '@chui/runtime';
import {
  add,
  floorDiv,
  gather,
  mul,
  range,
  reshape,
  scalar,
  type serialization,
  type Tensor,
  tensor,
} from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import { type BlockOperands, type Candidates, inBlocks, nearSlots, notGlobal, ofBlocks } from './blocks.js';
import { SparseAttention, type SparseAttentionArgs } from './sparse_attention.js';

export interface BlockSparseAttentionArgs extends SparseAttentionArgs {
  /** Slots of a block. Default 64. */
  blockSize?: number;
  /** Blocks that each block attends to besides its own and the ones beside it, chosen at random once. Default 3. */
  numRandomBlocks?: number;
  /** What the choice of random blocks follows from. Default 0. */
  seed?: number;
}

/**
 * Block-sparse attention: multi-head attention in which each block of queries attends to its own block, the blocks beside
 * it, some that are chosen at random, and to and from global tokens; if causal, to none that is later.
 *
 * Inputs, outputs and weights are those of {@link SparseAttention}. The choice follows from the seed, the block, and the number
 * of blocks, which a causal one does not need: so it decodes with a cache as it attends to the whole. The paper's
 * internal global blocks are `numGlobalTokens: blockSize`, or more.
 *
 * @throws RangeError if blockSize is not a positive integer, or numRandomBlocks or seed not an integer of at least 0
 * @see Zaheer et al. (2020), section 2, https://arxiv.org/abs/2007.14062
 */
export class BlockSparseAttention extends SparseAttention {
  static readonly className = 'ChuiBlockSparseAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q Kᵀ / √K) V among near, random and global blocks',
    paper: { authors: 'Zaheer et al.', year: 2020, url: 'https://arxiv.org/abs/2007.14062' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·b·(3 + r)·D + T·D²',
    memory: 'H·T·b·(3 + r)',
  };
  readonly blockSize: number;
  readonly numRandomBlocks: number;
  readonly seed: number;

  constructor({ blockSize = 64, numRandomBlocks = 3, seed = 0, ...args }: BlockSparseAttentionArgs) {
    super(args);
    this.blockSize = positiveInteger('blockSize', blockSize);
    for (const [name, value] of Object.entries({ numRandomBlocks, seed })) {
      if (!Number.isInteger(value) || value < 0) {
        throw new RangeError(`${name} must be an integer of at least 0, but is ${value}`);
      }
    }
    this.numRandomBlocks = numRandomBlocks;
    this.seed = seed;
  }

  protected override get blockLength(): number {
    return this.blockSize;
  }

  /** The blocks chosen for a block of queries, of so many blocks of slots. */
  private chosen(block: number, count: number): number[] {
    const last = this.causal ? block - 1 : count;
    const open = Array.from({ length: Math.max(0, last) }, (_, other) => other).filter(
      (other) => Math.abs(other - block) > 1,
    );
    const order = new Map(open.map((other) => [other, chance(this.seed, block, other)]));
    return open.sort((a, b) => order.get(a)! - order.get(b)!).slice(0, this.numRandomBlocks);
  }

  protected override pattern(query: Tensor, slot: Tensor): Tensor {
    const slots = Math.ceil(slot.shape[2]! / this.blockSize);
    // Queries may be asked one by one, at positions that are not known here, and past the last slot.
    const queries = Math.max(slots, Math.ceil(query.shape[1]! / this.blockSize));
    const seen = new Float32Array(queries * slots);
    for (let i = 0; i < queries; i++) {
      for (const j of [i - 1, i, i + 1, ...this.chosen(i, slots)]) {
        if (j >= 0 && j < slots) seen[i * slots + j] = 1;
      }
    }
    const whole = (value: number) => scalar(value, 'int32');
    const blockOf = (position: Tensor) => floorDiv(position, whole(this.blockSize));
    return gather(tensor(seen), add(mul(blockOf(query), whole(slots)), blockOf(slot)));
  }

  protected override candidates(operands: BlockOperands): Candidates[] {
    const near = nearSlots(operands, 2 * this.blockSize, this);
    return this.numRandomBlocks > 0 ? [near, this.randomSlots(operands)] : [near];
  }

  private randomSlots({ queries, keys, values, slots }: BlockOperands): Candidates {
    const { blockSize: size, numRandomBlocks: few } = this;
    const count = queries.shape[1]!;
    const source = Math.ceil(keys.shape[1]! / size);
    const chosen = Array.from({ length: count }, (_, block) => this.chosen(block, source));
    const filled = chosen.flatMap((blocks) => Array.from({ length: few }, (_, i) => blocks[i] ?? 0));
    const isChosen = chosen.flatMap((blocks) =>
      Array.from({ length: few }, (_, i) => Number(i < blocks.length)),
    );
    const picked = (x: Tensor) => {
      const heads = x.shape[0]!;
      const first = mul(reshape(range(0, heads, 1, 'int32'), [heads, 1]), scalar(source, 'int32'));
      const ids = add(first, tensor(filled, [1, count * few], 'int32')); // (N, n·r)
      const table = reshape(inBlocks(x, size), [heads * source, -1]); // (N·S/b, b·W)
      return reshape(embeddingLookup(table, ids), [heads, count, few * size, -1]);
    };
    const there = picked(mul(slots, notGlobal(keys.shape[1]!, this.numGlobalTokens))); // (N, n, r·b, 1)
    const allowed = mul(reshape(there, [-1, count, few, size]), tensor(isChosen, [1, count, few, 1]));
    return ofBlocks(queries, picked(keys), picked(values), reshape(allowed, [-1, count, 1, few * size]));
  }

  override getConfig(): serialization.ConfigDict {
    const { blockSize, numRandomBlocks, seed } = this;
    return { ...super.getConfig(), blockSize, numRandomBlocks, seed };
  }
}
register(BlockSparseAttention);

export const blockSparseAttention = (args: BlockSparseAttentionArgs) => new BlockSparseAttention(args);

/** A number that looks random and follows from whole numbers: MurmurHash3's mixing, Appleby (2011). */
function chance(...of: number[]): number {
  let hash = 0;
  for (const each of of) {
    hash = Math.imul(hash ^ each, 0x85ebca6b) + 0x9e3779b9;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
