import { reshape, split, type Tensor } from '@tensorflow/tfjs-core';
import type { Linear } from '../feed_forward/linear.js';

/**
 * How one product holds queries, keys and values: all queries, then all keys, then all values (`stacked`, as GPT-2's c_attn),
 * or each head's query, key and value (`perHead`, as GPT-NeoX's query_key_value).
 */
export type FusedLayout = (typeof layouts)[number];

const layouts = ['stacked', 'perHead'] as const;

/** Sizes of the heads of a projection. */
interface HeadSizes {
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
}

/** @throws RangeError unless it is a layout */
export function checkLayout(layout: FusedLayout): void {
  if (layouts.includes(layout)) return;
  throw new RangeError(`fusedProjection must be one of ${layouts.join(', ')}, but is ${layout}`);
}

/** Queries, keys and values of self-attention by one linear layer: x W + b, of width H·K + G·K + G·V. */
export class FusedProjection {
  /** The last product, for the parts that are asked for one after the other. */
  private last: { readonly x: Tensor; readonly parts: Tensor[] } | undefined;

  /** @throws RangeError if heads of the layout must be equal, but are not */
  constructor(
    private readonly linear: Linear,
    private readonly sizes: HeadSizes,
    private readonly layout: FusedLayout,
  ) {
    const { numHeads, numKeyValueHeads, keyDim, valueDim } = sizes;
    if (layout === 'perHead' && (numHeads !== numKeyValueHeads || keyDim !== valueDim)) {
      throw new RangeError(
        'fusedProjection must not be perHead where heads of queries, keys and values differ',
      );
    }
  }

  /** Width of the product. */
  static widthOf({ numHeads, numKeyValueHeads, keyDim, valueDim }: HeadSizes): number {
    return numHeads * keyDim + numKeyValueHeads * (keyDim + valueDim);
  }

  queries(x: Tensor): Tensor {
    return this.parts(x)[0]!;
  }

  keys(x: Tensor): Tensor {
    return this.parts(x)[1]!;
  }

  values(x: Tensor): Tensor {
    return this.parts(x)[2]!;
  }

  /** (B, L, D) → (B, L, H·K), (B, L, G·K), (B, L, G·V) */
  private parts(x: Tensor): Tensor[] {
    const { last } = this;
    if (last && last.x === x && last.parts.every((part) => !part.isDisposed)) return last.parts;
    const parts = this.cut(this.linear.call(x));
    this.last = { x, parts };
    return parts;
  }

  private cut(product: Tensor): Tensor[] {
    const { numHeads, numKeyValueHeads: groups, keyDim, valueDim } = this.sizes;
    if (this.layout === 'stacked')
      return split(product, [numHeads * keyDim, groups * keyDim, groups * valueDim], 2);
    const [batch, length] = product.shape as [number, number];
    const heads = reshape(product, [batch * length, numHeads, 3 * keyDim]);
    return split(heads, 3, 2).map((part) => reshape(part, [batch, length, numHeads * keyDim]));
  }
}
