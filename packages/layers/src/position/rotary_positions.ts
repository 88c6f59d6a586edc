import {
  add,
  cast,
  concat,
  cos,
  exp,
  greaterEqual,
  log,
  max,
  maximum,
  mul,
  reshape,
  type serialization,
  sin,
  slice,
  sub,
  type Tensor,
  tensor1d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type LayerArgs, positiveInteger, register, type Shapes, shapeList, type Tensors } from '../layer.js';
import { AttentionPositions } from './attention_positions.js';
import { positionsFrom } from './distances.js';
import { checkScaling, type RotaryScaling, rotaryFrequencies } from './rotary_frequencies.js';

/** Which columns of a head are turned together: 2i and 2i + 1 (`interleaved`), or i and i + R/2 (`half`). */
export type RotaryLayout = 'half' | 'interleaved';

export interface RotaryPositionsArgs extends LayerArgs {
  /** Default `half`, as in Hugging Face's Llama. */
  layout?: RotaryLayout;
  /** θ: pair i turns by θ^(−2i/R) a position. Default 10,000. */
  base?: number;
  /** Columns R of a head that are turned, the first ones; all if left out. */
  rotaryDim?: number;
  scaling?: RotaryScaling;
}

/**
 * Rotary positions: each pair (a, b) of a head's columns at position p is turned to (a cos pω − b sin pω, b cos pω + a sin pω)
 * with the pair's frequency ω, in queries and in keys, so that scores depend on how far apart they are.
 *
 * - as a part: `positions` of an attention with heads
 * - as a layer: x (B, H, L, K), or [x, first] with the position of the first column, int32 of shape (), (1), (B) or (B, 1) →
 *   the same shape
 *
 * With the scalings `dynamic` and `longrope`, frequencies depend on the length; a cached step takes that of the sequence so far,
 * and what is in the cache stays turned as it was, as in Hugging Face's library.
 *
 * @throws RangeError if an option is out of its range, or the width that is turned is odd or wider than a head
 * @see Su et al. (2021), https://arxiv.org/abs/2104.09864, whose layout is `interleaved`
 */
export class RotaryPositions extends AttentionPositions {
  static readonly className = 'ChuiRotaryPositions';
  readonly layout: RotaryLayout;
  readonly base: number;
  readonly rotaryDim?: number;
  readonly scaling?: RotaryScaling;
  private frequencies!: Tensor;
  private long?: { readonly frequencies: Tensor; readonly trained: number };
  private attentionFactor!: number;

  constructor({ layout = 'half', base = 10_000, rotaryDim, scaling, ...args }: RotaryPositionsArgs = {}) {
    super(args);
    if (layout !== 'half' && layout !== 'interleaved') {
      throw new RangeError(`layout must be one of half, interleaved, but is ${layout}`);
    }
    if (!(base > 1 && Number.isFinite(base)))
      throw new RangeError(`base must be a number above 1, but is ${base}`);
    this.layout = layout;
    this.base = base;
    if (rotaryDim !== undefined) this.rotaryDim = positiveInteger('rotaryDim', rotaryDim);
    if (scaling === undefined) return;
    checkScaling(scaling);
    this.scaling = scaling;
  }

  override build(shapes: Shapes): void {
    const width = this.width(shapeList(shapes)[0]!);
    const { frequencies, long, attentionFactor } = rotaryFrequencies(width, this.base, this.scaling);
    this.frequencies = this.constant(tensor1d(frequencies));
    if (long) {
      this.long = { frequencies: this.constant(tensor1d(long.frequencies)), trained: long.trained };
    }
    this.attentionFactor = attentionFactor;
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x, first] = [inputs].flat() as [Tensor, Tensor?];
    this.width(x.shape);
    return this.turn(x, first);
  }

  override turn(x: Tensor, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const [length, headWidth] = x.shape.slice(2) as [number, number];
      const width = this.width(x.shape);
      const places = positionsFrom(length, first); // (B, L), or (1, L)
      const angles = mul(reshape(cast(places, 'float32'), [-1, 1, length, 1]), this.frequenciesFor(places)); // (B, 1, L, R/2)
      const factor = this.attentionFactor;
      const [cosine, sine] = [cos(angles), sin(angles)].map((each) =>
        factor === 1 ? each : mul(each, factor),
      );
      const turned = rotate(part(x, 0, width), cosine!, sine!, this.layout);
      return width === headWidth ? turned : concat([turned, part(x, width, headWidth)], 3);
    });
  }

  /** Frequencies (R/2), which may depend on the length of the sequence. */
  private frequenciesFor(places: Tensor): Tensor {
    const { scaling, long } = this;
    if (long) return where(greaterEqual(max(places), long.trained), long.frequencies, this.frequencies);
    if (scaling?.type !== 'dynamic') return this.frequencies;
    const { factor, maxPositionEmbeddings: trained } = scaling;
    const width = this.frequencies.shape[0]! * 2;
    const length = maximum(cast(add(max(places), 1), 'float32'), trained); // ()
    const grown = sub(mul(length, factor / trained), factor - 1); // the base is multiplied by its power W/(W − 2)
    const exponents = tensor1d(
      Array.from({ length: width / 2 }, (_, i) => (-2 * i) / Math.max(width - 2, 1)),
    );
    return mul(this.frequencies, exp(mul(exponents, log(grown))));
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const shape = shapeList(shapes)[0]!;
    this.width(shape);
    return shape;
  }

  /** Columns that are turned of heads of this shape. */
  private width(shape: Shape): number {
    if (shape.length !== 4) {
      throw new RangeError(`x must be of rank 4 (batch, heads, length, width), but has shape [${shape}]`);
    }
    const width = this.rotaryDim ?? shape[3]!;
    if (width % 2 !== 0) throw new RangeError(`rotaryDim must be even, but is ${width}`);
    if (width > shape[3]!) {
      throw new RangeError(`rotaryDim must not exceed the width of a head ${shape[3]}, but is ${width}`);
    }
    return width;
  }

  override getConfig(): serialization.ConfigDict {
    const { layout, base, rotaryDim, scaling } = this;
    return {
      ...super.getConfig(),
      layout,
      base,
      ...(rotaryDim !== undefined && { rotaryDim }),
      ...(scaling && { scaling: { ...scaling } }),
    };
  }
}
register(RotaryPositions);

export const rotaryPositions = (args: RotaryPositionsArgs = {}) => new RotaryPositions(args);

/** Columns `from` … `to` − 1 of heads (B, H, L, K). */
function part(x: Tensor, from: number, to: number): Tensor {
  const [batch, heads, length, width] = x.shape as [number, number, number, number];
  if (from === 0 && to === width) return x;
  return slice(x, [0, 0, 0, from], [batch, heads, length, to - from]);
}

function rotate(x: Tensor, cosine: Tensor, sine: Tensor, layout: RotaryLayout): Tensor {
  const [batch, heads, length, width] = x.shape as [number, number, number, number];
  const half = width / 2;
  if (layout === 'half') {
    const [a, b] = [part(x, 0, half), part(x, half, width)];
    return concat([sub(mul(a, cosine), mul(b, sine)), add(mul(b, cosine), mul(a, sine))], 3);
  }
  const pairs = reshape(x, [batch * heads, length * half, 2]);
  const column = (at: number) =>
    reshape(slice(pairs, [0, 0, at], [batch * heads, length * half, 1]), [batch, heads, length, half]);
  const [a, b] = [column(0), column(1)];
  const turned = [sub(mul(a, cosine), mul(b, sine)), add(mul(b, cosine), mul(a, sine))];
  const beside = turned.map((each) => reshape(each, [batch * heads * length, half, 1]));
  return reshape(concat(beside, 2), [batch, heads, length, width]);
}
