import { dropout } from '@chui/runtime';
import {
  concat,
  mul,
  ones,
  reshape,
  type serialization,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform, normal, zeros } from '../initializers.js';
import {
  dropoutRate,
  Layer,
  type LayerArgs,
  partOf,
  positiveInteger,
  register,
  type Shapes,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { linear } from '../ops/linear.js';
import { Positions } from '../position/positions.js';
import { Positions2D } from '../position/positions_2d.js';

export interface PatchEmbeddingArgs extends LayerArgs {
  /** Width D. */
  dim: number;
  /** Height and width of a patch in pixels, or one number for both. */
  patchSize: number | readonly [height: number, width: number];
  /** Whether a learned vector stands before the patches, from which a classifier reads. Default false. */
  useClassToken?: boolean;
  /**
   * What is added for where a patch is: `Positions` for its number, of which the class token is the first, as in ViT;
   * `Positions2D` for its row and column, of which the class token has none. Without it nothing is added.
   */
  positions?: Positions | Positions2D | serialization.ConfigDict;
  /** Default true. */
  useBias?: boolean;
  /** Share of the entries that is dropped in training. Default 0. */
  dropout?: number;
}

/**
 * What a vision transformer reads: an image cut into patches that do not overlap, each a vector x · K + b of all its pixels.
 *
 * - input: x (B, H, W, C); H and W are multiples of the patch's
 * - output: (B, N, D), the N = (H / patch height) · (W / patch width) patches row by row; (B, 1 + N, D) with a class token
 * - weights: `kernel` K (patch height, patch width, C, D) and `bias` b (D), those of a convolution in steps of a patch;
 *   `class_token` (D), at first normal with deviation 0.02; `positions/…`
 *
 * @throws RangeError if an option is out of its range, x is not of rank 4, H or W is no multiple of the patch's, or there are
 *   more patches than positions
 * @throws TypeError if positions is another layer
 * @see Dosovitskiy et al. (2021), section 3.1, https://arxiv.org/abs/2010.11929; ViTEmbeddings in Hugging Face's library
 * @example
 * const positions = learnedPositions({ maxLength: 197 });
 * const embedding = patchEmbedding({ dim: 768, patchSize: 16, useClassToken: true, positions });
 * embedding.apply(tf.zeros([1, 224, 224, 3])).shape; // => [1, 197, 768]
 */
export class PatchEmbedding extends Layer {
  static readonly className = 'ChuiPatchEmbedding';
  readonly dim: number;
  readonly patchSize: readonly [height: number, width: number];
  readonly useClassToken: boolean;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly positions?: Positions | Positions2D;
  private kernel!: LayerVariable;
  private bias?: LayerVariable;
  private classToken?: LayerVariable;

  constructor({
    dim,
    patchSize,
    useClassToken = false,
    positions,
    useBias = true,
    dropout: rate = 0,
    ...args
  }: PatchEmbeddingArgs) {
    super(args);
    this.dim = positiveInteger('dim', dim);
    const [height, width = height] = [patchSize].flat() as [number, number?];
    this.patchSize = [positiveInteger('patchSize', height), positiveInteger('patchSize', width)];
    this.useClassToken = useClassToken;
    this.useBias = useBias;
    this.dropout = dropoutRate('dropout', rate);
    if (positions) {
      const part = partOf('positions', positions, 'positions that are added', Positions, Positions2D);
      this.positions = this.own<Positions | Positions2D>('positions', part);
    }
  }

  override build(shapes: Shapes): void {
    const [batch, rows, columns, channels] = this.grid(shapes);
    const [height, width] = this.patchSize;
    const pixels = height * width * channels!;
    this.kernel = this.weight('kernel', [height, width, channels!, this.dim], glorotUniform(pixels));
    if (this.useBias) this.bias = this.weight('bias', [this.dim], zeros());
    if (this.useClassToken) this.classToken = this.weight('class_token', [this.dim], normal(0.02));
    if (this.positions) {
      const grid = [batch!, rows!, columns!, this.dim];
      const placed = this.positions instanceof Positions2D ? grid : this.computeOutputShape(shapes);
      this.buildOwned(this.positions, placed);
    }
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    const [batch, rows, columns, channels] = this.grid(x.shape) as [number, number, number, number];
    const { patchSize, dim } = this;
    const [height, width] = patchSize;
    return tidy(() => {
      const lines = reshape(x, [batch, rows, height, columns, width * channels]);
      const patches = transpose(lines, [0, 1, 3, 2, 4]); // (B, rows, columns, patch height, patch width · C)
      const pixels = reshape(patches, [batch, rows, columns, height * width * channels]);
      const grid = linear(pixels, reshape(this.kernel.read(), [-1, dim]), this.bias?.read());
      const placed = this.positions instanceof Positions2D ? this.positions.call(grid) : grid;
      const sequence = this.withClassToken(reshape(placed, [batch, rows * columns, dim]));
      const whole = this.positions instanceof Positions ? this.positions.call(sequence) : sequence;
      return dropout(whole, this.dropout, { training });
    });
  }

  private withClassToken(patches: Tensor): Tensor {
    if (!this.classToken) return patches;
    return concat([mul(ones([patches.shape[0]!, 1, 1]), this.classToken.read()), patches], 1);
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const [batch, rows, columns] = this.grid(shapes);
    const patches = rows === null || columns === null ? null : rows! * columns! + Number(this.useClassToken);
    return [batch!, patches, this.dim];
  }

  override getConfig(): serialization.ConfigDict {
    const { dim, patchSize, useClassToken, useBias, dropout, positions } = this;
    return {
      ...super.getConfig(),
      ...{ dim, patchSize: [...patchSize], useClassToken, useBias, dropout },
      ...(positions && { positions: serializeLayer(positions) }),
    };
  }

  /** [B, rows of patches, columns of patches, C]. */
  private grid(shapes: Shapes): Shape {
    const x = shapeList(shapes)[0]!;
    if (x.length !== 4) {
      throw new RangeError(`x must be of rank 4 (batch, height, width, channels), but has shape [${x}]`);
    }
    const [height, width] = ['height', 'width'].map((name, i) => {
      const [pixels, size] = [x[i + 1], this.patchSize[i]!];
      if (pixels === null || pixels === undefined) return null;
      if (pixels % size !== 0) {
        throw new RangeError(`${name} must be a multiple of the patch's, ${size}, but is ${pixels}`);
      }
      return pixels / size;
    });
    return [x[0]!, height!, width!, x[3]!];
  }
}
register(PatchEmbedding);

/** @see PatchEmbedding */
export const patchEmbedding = (args: PatchEmbeddingArgs) => new PatchEmbedding(args);
