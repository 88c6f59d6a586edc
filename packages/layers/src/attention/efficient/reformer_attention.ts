import { dropout, embeddingLookup } from '@chui/runtime';
import {
  add,
  argMax,
  cast,
  concat,
  div,
  equal,
  exp,
  eye,
  lessEqual,
  log,
  matMul,
  max,
  maximum,
  minimum,
  mul,
  ones,
  range,
  reshape,
  scalar,
  type serialization,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tile,
  topk,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../../feed_forward/linear.js';
import { normal } from '../../initializers.js';
import { positiveInteger, register, type Shapes } from '../../layer.js';
import { maskOf } from '../../ops/mask.js';
import { asConstant, withoutGradient } from '../../ops/without_gradient.js';
import {
  Attention,
  type AttentionArgs,
  type CachedInputs,
  type CachedResult,
  type CalledInputs,
  type ComputeOptions,
} from '../attention.js';
import { attentionShapes } from '../attention_shapes.js';
import { headWidth } from '../head_projections.js';
import { splitHeads } from '../key_value_projection.js';
import { slotsOf, slotsOfHeads } from '../slots.js';
import type { AttentionTraits } from '../traits.js';
import { inBlocks, neighbours } from './blocks.js';
import { shares } from './kernelized_attention.js';

export interface ReformerAttentionArgs extends AttentionArgs {
  /** Heads H. */
  numHeads: number;
  /** Width K of every head's queries and keys; the query's width over numHeads if left out. */
  keyDim?: number;
  /** Width of every head's values; keyDim if left out. */
  valueDim?: number;
  /** Width of the context; the query's if left out. */
  outputDim?: number;
  /** Whether the projections have biases. Default true. */
  useBias?: boolean;
  /** Slots of a chunk, L. Default 64. */
  chunkLength?: number;
  /** Buckets of a round of hashing; even. Default 32; T / L leave about a chunk to each. */
  numBuckets?: number;
  /** Rounds of hashing; more find more of the nearest keys. Default 1. */
  numHashes?: number;
}

/** Far below other scores, and above those of masked slots: a query attends to its own slot if there is no other. */
const ownSlotPenalty = 1e5;

/**
 * Reformer's attention: each query attends to the slots whose keys fall into its bucket, by a hash that is locality-sensitive;
 * head_h = Σⱼ softmax(Q_h · Q̂_h,ⱼ / √K) V_h,ⱼ. Queries and keys are one projection, of which keys are brought to length 1.
 *
 * In each round, h(x) = argmax [x R, −x R] with a random R. Slots are sorted by bucket, in order of position within one, and cut
 * into chunks; a query sees what of its bucket is in its own chunk and in the one before. What several rounds find counts
 * once, and a query sees its own slot only if there is no other.
 *
 * - inputs and outputs: see {@link Attention}; there must be as many slots as queries, as in self-attention, for which it is
 *   made; masks must be the same for every query, and hide positions as queries too: they get zeros. There is no bias.
 *   Weights, with `returnWeights`, (B, H, T, S), take as much arithmetic and memory as attention to everything.
 * - weights: query_key_kernel (Dq, H·K), value_kernel (Dv, H·V), output_kernel (H·V, outputDim), query_key_bias, value_bias,
 *   output_bias; rotations R (H, K, numHashes · numBuckets / 2), normal, not trainable
 *
 * @throws RangeError if a size is not a positive integer, numHeads does not divide the width, numBuckets is odd, the key is
 *   not as wide as the query, there is a bias, or queries and slots differ in number
 * @see Kitaev et al. (2020), section 2, https://arxiv.org/abs/2001.04451
 */
export class ReformerAttention extends Attention {
  static readonly className = 'ChuiReformerAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q Q̂ᵀ / √K) V among slots of one bucket',
    paper: { authors: 'Kitaev et al.', year: 2020, url: 'https://arxiv.org/abs/2001.04451' },
    masks: 'slots',
    causal: true,
    cacheable: false,
    permutationInvariant: false,
    normalized: true,
    exact: false,
    time: 'T·log T + T·r·L·D + T·D²',
    memory: 'H·r·T·(L + D)',
  };
  readonly numHeads: number;
  readonly keyDim?: number;
  readonly valueDim?: number;
  readonly outputDim?: number;
  readonly useBias: boolean;
  readonly chunkLength: number;
  readonly numBuckets: number;
  readonly numHashes: number;
  private queryKey!: Linear;
  private value!: Linear;
  private outcome!: Linear;
  private rotations!: LayerVariable;

  constructor({
    numHeads,
    keyDim,
    valueDim,
    outputDim,
    useBias = true,
    chunkLength = 64,
    numBuckets = 32,
    numHashes = 1,
    ...args
  }: ReformerAttentionArgs) {
    super(args, positiveInteger('numHeads', numHeads));
    this.numHeads = numHeads;
    if (keyDim !== undefined) this.keyDim = positiveInteger('keyDim', keyDim);
    if (valueDim !== undefined) this.valueDim = positiveInteger('valueDim', valueDim);
    if (outputDim !== undefined) this.outputDim = positiveInteger('outputDim', outputDim);
    this.useBias = useBias;
    this.chunkLength = positiveInteger('chunkLength', chunkLength);
    this.numBuckets = positiveInteger('numBuckets', numBuckets);
    if (numBuckets % 2 !== 0) throw new RangeError(`numBuckets must be even, but is ${numBuckets}`);
    this.numHashes = positiveInteger('numHashes', numHashes);
  }

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    this.checkKey(query, key);
    const { numHeads, useBias } = this;
    const keyDim = this.keyDim ?? headWidth(query[2]!, numHeads);
    const valueDim = this.valueDim ?? keyDim;
    const units = this.outputDim ?? query[2]!;
    this.queryKey = this.own('query_key', new Linear({ units: numHeads * keyDim, useBias }), 'query_key_');
    this.value = this.own('value', new Linear({ units: numHeads * valueDim, useBias }), 'value_');
    this.outcome = this.own('output', new Linear({ units, useBias }), 'output_');
    this.buildOwned(this.queryKey, query);
    this.buildOwned(this.value, value);
    this.buildOwned(this.outcome, [query[0]!, query[1]!, numHeads * valueDim]);
    const columns = (this.numHashes * this.numBuckets) / 2;
    this.rotations = this.weight('rotations', [numHeads, keyDim, columns], normal(1), { trainable: false });
    super.build(shapes);
  }

  protected override contextWidth(query: Shape): number | null {
    return this.outputDim ?? query[2]!;
  }

  protected override compute(
    { query, key, value, mask, bias }: CalledInputs,
    { training, returnWeights }: ComputeOptions,
  ) {
    if (bias) {
      throw new RangeError(`bias must be left out of ${this.getClassName()}, but has shape [${bias.shape}]`);
    }
    this.checkKey(query.shape, key.shape);
    const [batch, length] = query.shape as [number, number, number];
    const { numHeads } = this;
    const slots = slotsOfHeads(mask ? slotsOf(mask) : ones([1, 1]), batch, numHeads, length);
    const folded = (heads: Tensor) => reshape(heads, [batch * numHeads, length, -1]);
    const asked = folded(splitHeads(this.queryKey.call(query), numHeads));
    const found = unit(folded(splitHeads(this.queryKey.call(key), numHeads)));
    const values = folded(splitHeads(this.value.call(value), numHeads));
    const { heads, attends } = this.read({ asked, found, values, slots }, training);
    const unfolded = (x: Tensor) => reshape(x, [batch, numHeads, length, -1]);
    const beside = reshape(transpose(unfolded(heads), [0, 2, 1, 3]), [batch, length, -1]);
    const seen = mask && this.useBias ? max(unfolded(attends), 1) : undefined; // (B, T, 1)
    const context = this.outcome.call(beside);
    const outcome = { context: seen ? mul(context, seen) : context };
    if (!returnWeights) return outcome;
    // What is linear in the values tells its weights when it reads the identity.
    const each = tile(reshape(eye(length), [1, length, length]), [batch * numHeads, 1, 1]);
    return { ...outcome, weights: unfolded(this.read({ asked, found, values: each, slots }, false).heads) };
  }

  /** What N heads read, (N, T, V), and 1 for queries that see any slot, (N, T, 1). */
  private read(
    { asked, found, values, slots }: Record<'asked' | 'found' | 'values' | 'slots', Tensor>,
    training: boolean,
  ): { heads: Tensor; attends: Tensor } {
    const { chunkLength: size } = this;
    const [all, length, width] = asked.shape as [number, number, number];
    const count = Math.ceil(length / size);
    const padded = (x: Tensor): Tensor => reshape(inBlocks(x, size), [all, count * size, -1]); // (N, T', …)
    const there = padded(slots);
    const [queries, keys] = [asked, found].map((x) => this.sorting(padded(x), there)) as [Sorting, Sorting];
    const inChunks = (x: Tensor) => inBlocks(queries.sort(padded(x)), size); // (R, n, L, …)
    const around = (x: Tensor) => neighbours(keys.sort(padded(x)), { count, size, before: 1, after: 0 }); // (R, n, 2L, …)

    const pairs = this.pairs(
      inBlocks(queries.facts, size),
      neighbours(keys.facts, { count, size, before: 1, after: 0 }),
    );
    const products = matMul(inChunks(asked), around(found), false, true); // (R, n, L, 2L)
    const scores = add(mul(products, 1 / Math.sqrt(width)), pairs.bias);
    const highest = withoutGradient(scores, (x) => max(x, 3, true)); // (R, n, L, 1)
    const powers = mul(exp(minimum(sub(scores, highest), 0)), pairs.allowed);
    const kept = this.dropout > 0 ? dropout(powers, this.dropout, { training }) : powers;
    const read = concat([matMul(kept, around(values)), sum(powers, 3, true)], 3); // (R, n, L, V + 1)

    const inOrder = (x: Tensor) => queries.restore(reshape(x, [-1, count * size, x.shape[3]!])); // (N, r, T', …)
    const scale = asConstant(() => {
      const each = inOrder(highest);
      return exp(sub(each, max(each, 1, true)));
    });
    const heads = shares(sum(mul(inOrder(read), scale), 1)); // (N, T', V)
    const attends = max(inOrder(max(pairs.allowed, 3, true)), 1);
    const first = (x: Tensor) => slice(x, [0, 0, 0], [-1, length, -1]);
    return { heads: first(heads), attends: first(attends) };
  }

  /** Where each round sorts x (N, T', K) to, by bucket; what is not there, (N, T', 1), comes last. */
  private sorting(x: Tensor, there: Tensor): Sorting {
    const { numHashes: rounds, numBuckets, numHeads } = this;
    const [all, length] = x.shape as [number, number, number];
    const whole = (value: number) => scalar(value, 'int32');
    const buckets = asConstant(() => {
      const columns = this.rotations.read(); // (H, K, r·b/2)
      const each = tile(columns, [all / numHeads, 1, 1]);
      const turned = reshape(matMul(x, each), [all, length, rounds, numBuckets / 2]);
      const found = argMax(concat([turned, mul(turned, -1)], 3), 3); // (N, T', r)
      const seen = cast(there, 'int32');
      return add(mul(found, seen), mul(sub(whole(1), seen), whole(numBuckets)));
    });
    const byRound = reshape(transpose(buckets, [0, 2, 1]), [all * rounds, length]); // (R, T')
    const places = range(0, length, 1, 'int32');
    const ascending = (numbers: Tensor) => topk(mul(numbers, whole(-1)), length).indices; // (R, T')
    const order = ascending(add(mul(byRound, whole(length)), places));
    const inverse = ascending(order);
    const rows = mul(reshape(range(0, all * rounds, 1, 'int32'), [all * rounds, 1]), whole(length));
    const picked = (y: Tensor, ids: Tensor) =>
      embeddingLookup(reshape(y, [all * rounds * length, y.shape[2]!]), add(ids, rows)); // (R, T', …)
    const inRounds = (y: Tensor) =>
      reshape(tile(reshape(y, [all, 1, length, -1]), [1, rounds, 1, 1]), [all * rounds, length, -1]);
    const position = tile(reshape(places, [1, length, 1]), [all, 1, 1]);
    const facts = concat([cast(position, 'float32'), there, cast(buckets, 'float32')], 2); // (N, T', 2 + r)
    const own = cast(reshape(byRound, [all * rounds, length, 1]), 'float32');
    return {
      sort: (y) => picked(inRounds(y), order),
      restore: (y) => reshape(picked(y, inverse), [all, rounds, length, -1]),
      facts: picked(concat([own, inRounds(facts)], 2), order),
    };
  }

  /** Which slots queries see, and what is added to the scores, (R, n, L, 2L), from facts of queries and of slots. */
  private pairs(queries: Tensor, slots: Tensor): { allowed: Tensor; bias: Tensor } {
    /** Fact i of queries (R, n, L, 1), and of slots (R, n, 1, 2L). */
    const fact = (i: number) => {
      const of = (x: Tensor) => slice(x, [0, 0, 0, i], [-1, -1, -1, 1]);
      return [of(queries), transpose(of(slots), [0, 1, 3, 2])] as [Tensor, Tensor];
    };
    const same = (i: number) => cast(equal(...fact(i)), 'float32');
    const [position, slot] = fact(1);
    const seen = mul(same(0), fact(2)[1]);
    const allowed = this.causal ? mul(seen, cast(lessEqual(slot, position), 'float32')) : seen;
    const away = add(maskOf(allowed).penalty, mul(same(1), -ownSlotPenalty));
    if (this.numHashes === 1) return { allowed, bias: away };
    const rounds = Array.from({ length: this.numHashes }, (_, round) => same(3 + round));
    const times = rounds.reduce((all, each) => add(all, each)); // rounds that find the slot
    return { allowed, bias: sub(away, log(maximum(times, 1))) };
  }

  override emptyCache(_batch: number, _capacity: number): Tensor[] {
    throw this.notCacheable();
  }

  override attendCached(_inputs: CachedInputs): CachedResult {
    throw this.notCacheable();
  }

  private notCacheable(): Error {
    return new Error(
      `${this.getClassName()} cannot decode step by step: what it reads depends on the whole sequence`,
    );
  }

  private checkKey(query: Shape, key: Shape): void {
    if (query[2] !== key[2]) {
      throw new RangeError(`key must have the width of the query, ${query[2]}, but has ${key[2]}`);
    }
    if (query[1] !== key[1] && query[1] !== null && key[1] !== null) {
      throw new RangeError(
        `key must have as many slots as there are queries, ${query[1]}, but has ${key[1]}`,
      );
    }
  }

  override getConfig(): serialization.ConfigDict {
    const { numHeads, keyDim, valueDim, outputDim, useBias, chunkLength, numBuckets, numHashes } = this;
    return {
      ...super.getConfig(),
      numHeads,
      ...(keyDim !== undefined && { keyDim }),
      ...(valueDim !== undefined && { valueDim }),
      ...(outputDim !== undefined && { outputDim }),
      ...{ useBias, chunkLength, numBuckets, numHashes },
    };
  }
}
register(ReformerAttention);

export const reformerAttention = (args: ReformerAttentionArgs) => new ReformerAttention(args);

/** How r rounds sort the T' slots of N heads; R = N·r. */
interface Sorting {
  /** (N, T', …) → (R, T', …), sorted */
  sort(x: Tensor): Tensor;
  /** (R, T', …) → (N, r, T', …), where they were */
  restore(x: Tensor): Tensor;
  /** Of each slot, sorted: its bucket, its position, whether it is there, and its bucket in every round, (R, T', 3 + r). */
  facts: Tensor;
}

/** Vectors of length 1: x / |x|, or 0. */
function unit(x: Tensor): Tensor {
  return div(x, sqrt(add(sum(square(x), x.rank - 1, true), 1e-12)));
}
