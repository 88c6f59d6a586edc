import { reshape, type serialization, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../feed_forward/linear.js';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  register,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';

/** Options of `KeyValueProjection`; see `MultiHeadAttentionArgs`. */
export interface KeyValueProjectionArgs extends LayerArgs {
  numHeads: number;
  keyDim: number;
  valueDim?: number;
  useBias?: boolean;
}

/**
 * What `MultiHeadAttention` makes of keys and values before it sees a query: k W_K + b_K and v W_V + b_V, cut into H
 * heads. As a layer of its own it projects a memory once for many steps.
 *
 * - inputs: [key (B, S, Dk), value (B, S, Dv)], or one memory (B, S, M) that is both
 * - outputs: keys (B, H, S, K), values (B, H, S, V)
 * - weights: key_kernel (Dk, H·K), value_kernel (Dv, H·V), and key_bias, value_bias with `useBias`
 *
 * @throws RangeError if a size is not a positive integer
 */
export class KeyValueProjection extends Layer {
  static readonly className = 'ChuiKeyValueProjection';
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useBias: boolean;
  /** k W_K + b_K, before it is cut into heads. */
  readonly key: Linear;
  /** v W_V + b_V, before it is cut into heads. */
  readonly value: Linear;

  constructor({ numHeads, keyDim, valueDim = keyDim, useBias = true, ...args }: KeyValueProjectionArgs) {
    super(args);
    this.numHeads = positiveInteger('numHeads', numHeads);
    this.keyDim = positiveInteger('keyDim', keyDim);
    this.valueDim = positiveInteger('valueDim', valueDim);
    this.useBias = useBias;
    this.key = this.own('key', new Linear({ units: numHeads * keyDim, useBias }), 'key_');
    this.value = this.own('value', new Linear({ units: numHeads * valueDim, useBias }), 'value_');
  }

  override build(shapes: Shapes): void {
    const { key, value } = keyAndValue(shapeList(shapes));
    for (const [name, shape] of Object.entries({ key, value })) sequenceShape(name, shape);
    this.buildOwned(this.key, key);
    this.buildOwned(this.value, value);
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor[] {
    const { key, value } = keyAndValue([inputs].flat());
    return tidy(() => [this.projectKeys(key), this.projectValues(value)]);
  }

  /** (B, S, Dk) → (B, H, S, K) */
  projectKeys(key: Tensor): Tensor {
    return splitHeads(this.key.call(key), this.numHeads);
  }

  /** (B, S, Dv) → (B, H, S, V) */
  projectValues(value: Tensor): Tensor {
    return splitHeads(this.value.call(value), this.numHeads);
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const [batch, slots] = sequenceShape('key', keyAndValue(shapeList(shapes)).key);
    return [this.keyDim, this.valueDim].map((width) => [batch, this.numHeads, slots, width]);
  }

  override getConfig(): serialization.ConfigDict {
    const { numHeads, keyDim, valueDim, useBias } = this;
    return { ...super.getConfig(), numHeads, keyDim, valueDim, useBias };
  }
}
register(KeyValueProjection);

/** @see KeyValueProjection */
export const keyValueProjection = (args: KeyValueProjectionArgs) => new KeyValueProjection(args);

/** Cuts states into heads along their width: (B, L, H·K) → (B, H, L, K). */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** The inverse of `splitHeads`: (B, H, L, W) → (B, L, H·W). */
export function joinHeads(heads: Tensor): Tensor {
  const [batch, count, length, width] = heads.shape as [number, number, number, number];
  return reshape(transpose(heads, [0, 2, 1, 3]), [batch, length, count * width]);
}

function keyAndValue<T>(inputs: T[]): { key: T; value: T } {
  const [key, value = key] = inputs as [T, T?];
  return { key, value };
}
