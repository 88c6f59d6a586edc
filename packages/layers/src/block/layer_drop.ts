import { randomUniform } from '@chui/runtime';
import {
  add,
  cast,
  greaterEqual,
  mul,
  type serialization,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  dropoutRate,
  Layer,
  type LayerArgs,
  partOf,
  register,
  type Shapes,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { asConstant } from '../ops/without_gradient.js';

export interface LayerDropArgs extends LayerArgs {
  /** The layer that may be left out; what it puts out is of the shape of its first input. */
  layer: Layer | serialization.ConfigDict;
  /** Share of the steps of training that it is left out in, 0 ≤ rate < 1. */
  rate: number;
}

/**
 * LayerDrop: in training the whole layer, a block of a stack, is left out with probability `rate` and puts out its first input;
 * a model trained so keeps most of what it can do when layers are taken out of it for good.
 *
 * - inputs: those of the layer; output: its output, of the shape of the first input
 * - weights: the layer's
 *
 * Which layers are left out is drawn for a whole batch. A step of training takes as long as without it, since a recorded one
 * computes every layer. Nothing is scaled.
 *
 * @throws RangeError if the rate is not at least 0 and below 1, or the layer puts out another shape than its first input's
 * @see Fan et al. (2020), https://arxiv.org/abs/1909.11556
 */
export class LayerDrop extends Layer {
  static readonly className = 'ChuiLayerDrop';
  readonly layer: Layer;
  readonly rate: number;

  constructor({ layer, rate, ...args }: LayerDropArgs) {
    super(args);
    this.layer = this.own('layer', partOf('layer', layer, 'a layer of chui', Layer));
    this.rate = dropoutRate('rate', rate);
  }

  override build(shapes: Shapes): void {
    this.computeOutputShape(shapes);
    this.buildOwned(this.layer, shapes);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    return tidy(() => {
      const y = this.layer.call(inputs, { training }) as Tensor;
      if (!training || this.rate === 0) return y;
      const x = [inputs].flat()[0]!;
      const kept = asConstant(() => cast(greaterEqual(randomUniform([]), this.rate), 'float32'));
      return add(mul(y, kept), mul(x, sub(1, kept)));
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const [x] = shapeList(shapes) as [Shape];
    const output = this.layer.computeOutputShape(shapes) as Shape;
    if (output.length !== x.length || output.some((size, axis) => size !== x[axis])) {
      throw new RangeError(
        `layer must put out the shape of its first input, [${x}], but puts out [${output}]`,
      );
    }
    return output;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), layer: serializeLayer(this.layer), rate: this.rate };
  }
}
register(LayerDrop);

export const layerDrop = (args: LayerDropArgs) => new LayerDrop(args);
