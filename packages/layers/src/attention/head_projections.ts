import {
  expandDims,
  gather,
  max,
  mul,
  reshape,
  type serialization,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../feed_forward/linear.js';
import { Layer, type LayerArgs, positiveInteger, type Shapes } from '../layer.js';
import type { AttentionMask } from '../ops/mask.js';
import { attentionShapes } from './attention_shapes.js';
import { checkLayout, type FusedLayout, FusedProjection } from './fused_projection.js';
import { joinHeads, KeyValueProjection, splitHeads } from './key_value_projection.js';

/** How an attention with heads makes them, and its context of them. */
export interface HeadArgs {
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
  /** Whether the last projection, of the heads to the context, has one; as `useBias` says if left out. */
  useOutputBias?: boolean;
  /** One product for queries, keys and values, in the place of three, for self-attention alone: how it holds them. */
  fusedProjection?: FusedLayout;
}

export interface HeadProjectionsArgs extends HeadArgs, LayerArgs {
  /** Heads G of keys and values, each read by H / G heads of queries; numHeads if left out. */
  numKeyValueHeads?: number;
}

/**
 * The projections of an attention with heads: Q = q W_Q + b_Q, K = k W_K + b_K and V = v W_V + b_V, cut into heads along
 * their width, and the context [head_1 … head_H] W_O + b_O.
 *
 * - weights: query_kernel (Dq, H·K), key_kernel (Dk, G·K), value_kernel (Dv, G·V), output_kernel (H·V, outputDim), and
 *   query_bias, key_bias, value_bias, output_bias; with `fusedProjection` query_key_value_kernel (D, H·K + G·K + G·V) and
 *   query_key_value_bias in the place of the first three
 *
 * @throws RangeError if a size is not a positive integer, or numHeads does not divide what it must
 */
export class HeadProjections extends Layer {
  static readonly className = 'ChuiHeadProjections';
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  /** Width K of a head's queries and keys, of a built layer. */
  keyDim!: number;
  /** Width V of a head's values, of a built layer. */
  valueDim!: number;
  private parts: { readonly query: Linear; readonly memory: KeyValueProjection } | undefined;
  private fused: FusedProjection | undefined;
  private outcome!: Linear;
  private readonly given: HeadArgs;

  constructor({
    numHeads,
    numKeyValueHeads = numHeads,
    keyDim,
    valueDim,
    outputDim,
    useBias = true,
    useOutputBias = useBias,
    fusedProjection,
    ...args
  }: HeadProjectionsArgs) {
    super(args);
    this.numHeads = positiveInteger('numHeads', numHeads);
    this.numKeyValueHeads = positiveInteger('numKeyValueHeads', numKeyValueHeads);
    if (numHeads % numKeyValueHeads !== 0) {
      throw new RangeError(`numKeyValueHeads must divide numHeads ${numHeads}, but is ${numKeyValueHeads}`);
    }
    for (const [name, size] of Object.entries({ keyDim, valueDim, outputDim })) {
      if (size !== undefined) positiveInteger(name, size);
    }
    this.given = {
      numHeads,
      ...(keyDim !== undefined && { keyDim }),
      ...(valueDim !== undefined && { valueDim }),
      ...(outputDim !== undefined && { outputDim }),
      useBias,
      useOutputBias,
      ...(fusedProjection !== undefined && { fusedProjection }),
    };
    if (fusedProjection !== undefined) checkLayout(fusedProjection);
  }

  /**
   * The part that does not depend on the query, of a built layer.
   *
   * @throws Error if it is not a part of its own
   */
  get keysAndValues(): KeyValueProjection {
    return this.unfused.memory;
  }

  private get unfused() {
    if (this.parts) return this.parts;
    throw new Error('fusedProjection must be left out where keys and values are projected on their own');
  }

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    const { numHeads, numKeyValueHeads } = this;
    const { useBias, useOutputBias, outputDim = query[2]!, fusedProjection } = this.given;
    const keyDim = this.given.keyDim ?? headWidth(query[2]!, numHeads);
    const { valueDim = keyDim } = this.given;
    this.keyDim = keyDim;
    this.valueDim = valueDim;
    const own = (name: string, units: number) => this.own(name, new Linear({ units, useBias }), `${name}_`);
    if (fusedProjection) {
      const sizes = { numHeads, numKeyValueHeads, keyDim, valueDim };
      const linear = own('query_key_value', FusedProjection.widthOf(sizes));
      this.fused = new FusedProjection(linear, sizes, fusedProjection);
      this.buildOwned(linear, query);
    } else {
      const memory = new KeyValueProjection({ numHeads: numKeyValueHeads, keyDim, valueDim, useBias });
      this.parts = {
        query: own('query', numHeads * keyDim),
        memory: this.own('keys_and_values', memory, ''),
      };
      this.buildOwned(this.parts.query, query);
      this.buildOwned(memory, [key, value]);
    }
    this.outcome = this.own('output', new Linear({ units: outputDim, useBias: useOutputBias }), 'output_');
    this.buildOwned(this.outcome, [query[0]!, query[1]!, numHeads * valueDim]);
    super.build(shapes);
  }

  /** Width of the context for queries of this shape. */
  contextWidth(query: Shape): number | null {
    return this.given.outputDim ?? query[2]!;
  }

  /** (B, T, Dq) → (B, T, H·K), before it is cut into heads. */
  queriesBeside(query: Tensor): Tensor {
    return this.fused ? this.fused.queries(query) : this.unfused.query.call(query);
  }

  /** (B, S, Dk) → (B, S, G·K), before it is cut into heads. */
  keysBeside(key: Tensor): Tensor {
    return this.fused ? this.fused.keys(key) : this.unfused.memory.key.call(key);
  }

  /** (B, S, Dv) → (B, S, G·V), before it is cut into heads. */
  valuesBeside(value: Tensor): Tensor {
    return this.fused ? this.fused.values(value) : this.unfused.memory.value.call(value);
  }

  /** (B, T, Dq) → (B, H, T, K) */
  queries(query: Tensor): Tensor {
    return splitHeads(this.queriesBeside(query), this.numHeads);
  }

  /** (B, S, Dk) → (B, G, S, K) */
  keys(key: Tensor): Tensor {
    if (!this.fused) return this.unfused.memory.projectKeys(key);
    return splitHeads(this.fused.keys(key), this.numKeyValueHeads);
  }

  /** (B, S, Dv) → (B, G, S, V) */
  values(value: Tensor): Tensor {
    if (!this.fused) return this.unfused.memory.projectValues(value);
    return splitHeads(this.fused.values(value), this.numKeyValueHeads);
  }

  /** Heads side by side: (B, H, L, W) → (B, L, H·W). */
  beside(heads: Tensor): Tensor {
    return joinHeads(heads);
  }

  /**
   * The context (B, T, D) of what the heads read, side by side (B, T, H·V).
   *
   * @param attends (B, T, 1), where axes may be 1: 0 for queries that may attend to nothing, which get zeros, without the
   *   bias, and 1 for others
   */
  project(heads: Tensor, attends?: Tensor): Tensor {
    const context = this.outcome.call(heads);
    return attends && this.given.useOutputBias ? mul(context, attends) : context;
  }

  /**
   * Gives built projections of fewer heads these heads of its own, the values of each times a gate.
   *
   * @param heads which, in the order of the heads of `target`
   * @param gates of all its own heads
   */
  copyHeads(target: HeadProjections, heads: readonly number[], gates: readonly number[]): void {
    const { useBias, useOutputBias } = this.given;
    tidy(() => {
      const columns = (width: number) =>
        tensor1d(
          heads.flatMap((head) => Array.from({ length: width }, (_, i) => head * width + i)),
          'int32',
        );
      const [keys, values] = [columns(this.keyDim), columns(this.valueDim)];
      const [from, to] = [this.unfused, target.unfused];
      for (const [own, copy, which] of [
        [from.query, to.query, keys],
        [from.memory.key, to.memory.key, keys],
        [from.memory.value, to.memory.value, values],
      ] as const) {
        const [kernel, bias] = own.getWeights() as [Tensor, Tensor?];
        copy.setWeights([gather(kernel, which, 1), ...(useBias ? [gather(bias!, which)] : [])]);
      }
      const [kernel, bias] = this.outcome.getWeights() as [Tensor, Tensor?];
      const gate = tensor1d(heads.flatMap((head) => Array<number>(this.valueDim).fill(gates[head]!)));
      const rows = mul(gather(kernel, values), reshape(gate, [-1, 1]));
      target.outcome.setWeights([rows, ...(useOutputBias ? [bias!] : [])]);
    });
  }

  /** The options of the heads alone, for the configuration of the attention that owns them. */
  get options(): HeadArgs & serialization.ConfigDict {
    return { ...this.given };
  }
}

/** @throws RangeError unless numHeads divides the width. */
export function headWidth(width: number, numHeads: number): number {
  if (width % numHeads !== 0) {
    throw new RangeError(`numHeads must divide the width ${width}, but is ${numHeads}`);
  }
  return width / numHeads;
}

/** What `HeadProjections.project` wants to know of a mask of rank 4. */
export function attends(mask: AttentionMask): Tensor {
  return expandDims(max(mask.allowed, [1, 3]), -1); // (B, H, T, S) → (B, T, 1)
}
