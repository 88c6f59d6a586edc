import { dropout } from '@chui/runtime';
import {
  cast,
  expandDims,
  mul,
  ones,
  relu,
  reshape,
  type serialization,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../../feed_forward/linear.js';
import {
  dropoutRate,
  Layer,
  type LayerArgs,
  positiveInteger,
  type Shapes,
  shapeList,
  type Tensors,
} from '../../layer.js';
import { nonzero } from '../../ops/mask.js';
import { footprints } from './footprints.js';

/** What the constructor of an attention over footprints takes. */
export interface FootprintAttention2DArgs extends LayerArgs {
  /** Width V of the values β(x), and of the output. */
  outputDim: number;
  /** Width R of φ(x) and ψ(x), by which pixels are related; a quarter of outputDim, rounded up, if left out. */
  relDim?: number;
  /** Width M between the two linear maps of γ; if left out, that of the authors' code. */
  hiddenDim?: number;
  /** K: a footprint is K · K pixels around one. Odd. Default 7. */
  kernelSize?: number;
  /** Distance of the pixels of a footprint. Default 1. */
  dilation?: number;
  /** Channels that share a weight; it must divide outputDim. Default 8. */
  sharePlanes?: number;
  /** Whether the linear maps have biases. Default true. */
  useBias?: boolean;
  /** Share of the weights that is dropped in training. Default 0. */
  dropout?: number;
  /** Whether to put out [output, weights] instead of the output alone. */
  returnWeights?: boolean;
}

/** φ(x) and ψ(x) of images, and which pixels there are. */
export interface Related {
  /** φ(x) (B, H, W, R) */
  queries: Tensor;
  /** ψ(x) (B, H, W, R) */
  keys: Tensor;
  /** 1 where a pixel N = B·H·W may attend to a place, else 0: (N, K², 1) */
  allowed: Tensor;
}

/** The widths of γ. */
export interface Mapping {
  /** Of what δ gives. */
  inputs: number;
  /** M where no hiddenDim is given. */
  hiddenDim: number;
  outputs: number;
  /** Whether the last map has a bias, if there are biases. */
  outputBias: boolean;
}

/**
 * Base of the attentions of a pixel to its footprint R(i), the K · K pixels around it: yᵢ = Σ_{j∈R(i)} wᵢⱼ ⊙ β(xⱼ), where
 * channel c of V takes weight c mod P of the P = V / sharePlanes that wᵢⱼ has, as in the authors' code.
 *
 * - inputs: x (B, H, W, C), or [x, mask (B, H, W)]. The mask is int32, bool or float32, nonzero = there is such a pixel;
 *   axes may be 1.
 * - output: (B, H, W, V), with `returnWeights` [output, weights (B, H, W, K², P)], the weights before dropout
 *
 * Places outside the image are as pixels that are not there: they get no weight, and none of what is at them bears on
 * anything. A pixel that is not there gets zeros. (The authors' code mirrors the image at its borders instead.)
 *
 * @throws RangeError if a size is not a positive integer, kernelSize is even, sharePlanes does not divide outputDim, dropout
 *   is not in [0, 1), x is not of rank 4, or the mask does not fit x
 */
export abstract class FootprintAttention2D extends Layer {
  readonly outputDim: number;
  readonly relDim: number;
  readonly hiddenDim?: number;
  readonly kernelSize: number;
  readonly dilation: number;
  readonly sharePlanes: number;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly returnWeights: boolean;
  private readonly query: Linear;
  private readonly key: Linear;
  private readonly value: Linear;
  private hidden!: Linear;
  private outcome!: Linear;

  constructor({
    outputDim,
    relDim = Math.ceil(outputDim / 4),
    hiddenDim,
    kernelSize = 7,
    dilation = 1,
    sharePlanes = 8,
    useBias = true,
    dropout: rate = 0,
    returnWeights = false,
    ...args
  }: FootprintAttention2DArgs) {
    super(args);
    this.outputDim = positiveInteger('outputDim', outputDim);
    this.relDim = positiveInteger('relDim', relDim);
    if (hiddenDim !== undefined) this.hiddenDim = positiveInteger('hiddenDim', hiddenDim);
    this.kernelSize = positiveInteger('kernelSize', kernelSize);
    if (kernelSize % 2 === 0) throw new RangeError(`kernelSize must be odd, but is ${kernelSize}`);
    this.dilation = positiveInteger('dilation', dilation);
    this.sharePlanes = positiveInteger('sharePlanes', sharePlanes);
    if (outputDim % sharePlanes !== 0) {
      throw new RangeError(`sharePlanes must divide outputDim, ${outputDim}, but is ${sharePlanes}`);
    }
    this.useBias = useBias;
    this.dropout = dropoutRate('dropout', rate);
    this.returnWeights = returnWeights;
    this.query = this.own('query', new Linear({ units: relDim, useBias }), 'query_');
    this.key = this.own('key', new Linear({ units: relDim, useBias }), 'key_');
    this.value = this.own('value', new Linear({ units: outputDim, useBias }), 'value_');
  }

  /** P, the weights of a pair of pixels. */
  protected get planes(): number {
    return this.outputDim / this.sharePlanes;
  }

  /** K², the pixels of a footprint. */
  protected get places(): number {
    return this.kernelSize ** 2;
  }

  protected abstract mapping(): Mapping;
  /** The weights (N, K², P) of N = B·H·W pixels, 0 where a place is not allowed. */
  protected abstract weigh(related: Related): Tensor;

  override build(shapes: Shapes): void {
    const [x] = this.check(shapes);
    for (const part of [this.query, this.key, this.value]) this.buildOwned(part, x);
    const { inputs, hiddenDim, outputs, outputBias } = this.mapping();
    const { useBias, hiddenDim: units = hiddenDim } = this;
    this.hidden = this.own('hidden', new Linear({ units, useBias }), 'hidden_');
    this.buildOwned(this.hidden, [null, inputs]);
    this.outcome = this.own(
      'outcome',
      new Linear({ units: outputs, useBias: useBias && outputBias }),
      'weight_',
    );
    this.buildOwned(this.outcome, [null, units]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const [x, mask] = [inputs].flat() as [Tensor, Tensor?];
    this.check([inputs].flat().map(({ shape }) => shape));
    return tidy(() => {
      const image = x.shape.slice(0, 3); // [B, H, W]
      const everywhere = ones([...image, 1]);
      const there = mask ? mul(everywhere, cast(expandDims(nonzero(mask), -1), 'float32')) : everywhere; // (B, H, W, 1)
      const project = (part: Linear) => (mask ? mul(part.call(x), there) : part.call(x));
      const weights = this.weigh({
        queries: project(this.query),
        keys: project(this.key),
        allowed: mul(this.around(there), reshape(there, [-1, 1, 1])),
      }); // (N, K², P)
      const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training }) : weights;
      const { places, planes, sharePlanes } = this;
      const values = reshape(this.around(project(this.value)), [-1, places, sharePlanes, planes]);
      const read = sum(mul(values, reshape(kept, [-1, places, 1, planes])), 1); // (N, sharePlanes, P)
      const output = reshape(read, [...image, this.outputDim]);
      return this.returnWeights ? [output, reshape(weights, [...image, places, planes])] : output;
    });
  }

  /** The footprint of each pixel: (B, H, W, …) → (N, K², …). */
  protected around(image: Tensor): Tensor {
    return footprints(image, this.kernelSize, this.dilation);
  }

  /** γ: Linear → ReLU → Linear over the last axis. */
  protected map(relation: Tensor): Tensor {
    return this.outcome.call(relu(this.hidden.call(relation)));
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [[batch, height, width]] = this.check(shapes);
    const image = [batch!, height!, width!];
    const output = [...image, this.outputDim];
    return this.returnWeights ? [output, [...image, this.places, this.planes]] : output;
  }

  override getConfig(): serialization.ConfigDict {
    const { outputDim, relDim, hiddenDim, kernelSize, dilation, sharePlanes } = this;
    const { useBias, dropout, returnWeights } = this;
    return {
      ...super.getConfig(),
      ...{ outputDim, relDim, kernelSize, dilation, sharePlanes, useBias, dropout, returnWeights },
      ...(hiddenDim !== undefined && { hiddenDim }),
    };
  }

  private check(shapes: Shapes): [x: Shape, mask?: Shape] {
    const [x, mask, ...rest] = shapeList(shapes) as [Shape, Shape?, ...Shape[]];
    if (rest.length > 0) {
      throw new RangeError(`inputs must be x or [x, mask], but have the shapes ${JSON.stringify(shapes)}`);
    }
    if (x.length !== 4) {
      throw new RangeError(`x must be of rank 4 (batch, height, width, channels), but has shape [${x}]`);
    }
    const fits = (size: number | null, axis: number) =>
      size === 1 || size === null || x[axis] === null || size === x[axis];
    if (mask && !(mask.length === 3 && mask.every(fits))) {
      const axes = x.slice(0, 3).map((size) => size ?? 'any');
      throw new RangeError(
        `mask must be of shape (${axes.join(', ')}), where axes may be 1, but has shape [${mask}]`,
      );
    }
    return [x, mask];
  }
}
