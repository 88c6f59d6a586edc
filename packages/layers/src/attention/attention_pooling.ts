import { matMul, reshape, type serialization, squeeze, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { Linear } from '../feed_forward/linear.js';
import { glorotUniform } from '../initializers.js';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  register,
  type Shapes,
  sequenceShape,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import type { Normalization } from '../normalization/normalization.js';
import { type NormalizationName, normalizationOf } from '../normalization/normalization_of.js';
import { type Activation, activation } from '../ops/activation.js';
import { linear } from '../ops/linear.js';
import { attentionMask } from '../ops/mask.js';
import { checkFlags } from './attention_shapes.js';
import type { AttentionTraits } from './traits.js';

export interface AttentionPoolingArgs extends LayerArgs {
  /** Width U of the hidden layer that scores a slot. */
  units: number;
  /** Of the hidden layer. Default `tanh`. */
  activation?: Activation;
  /** What makes scores into weights: a name, or a part. Default `softmax`. */
  normalization?: NormalizationName | Normalization | serialization.ConfigDict;
  /** Whether to put out [pooled, weights]. Default false. */
  returnWeights?: boolean;
}

/**
 * Attention pooling: one vector of a sequence, Σ α_t x_t, where α = softmax(uᵀ tanh(W x_t + b)) and the context vector u,
 * which asks what to look for, is learned. It is additive attention to x of a query that is always the same.
 *
 * - inputs: x (B, T, D), or [x, mask (B, T)], nonzero = may attend
 * - output: pooled (B, D), or [pooled, weights (B, T)] with `returnWeights`; zeros where all of a sequence is masked
 * - weights: kernel W (D, U), bias b (U), context_vector u (U, 1); those of the normalisation as `normalization/…`
 *
 * @throws RangeError if units is not a positive integer, x is not of rank 3, or the mask is not of its shape
 * @see Yang et al. (2016), section 2.2, https://aclanthology.org/N16-1174
 */
export class AttentionPooling extends Layer {
  static readonly className = 'ChuiAttentionPooling';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(uᵀ tanh(W x + b)) x',
    paper: { authors: 'Yang et al.', year: 2016, url: 'https://aclanthology.org/N16-1174' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·D·U',
    memory: 'T·U',
  };
  readonly units: number;
  readonly activation: Activation;
  readonly normalization: Normalization;
  readonly returnWeights: boolean;
  private readonly hidden: Linear;
  private readonly act: (x: Tensor) => Tensor;
  private contextVector!: LayerVariable;

  constructor({
    units,
    activation: name = 'tanh',
    normalization = 'softmax',
    returnWeights = false,
    ...args
  }: AttentionPoolingArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.activation = name;
    this.act = activation(name);
    this.returnWeights = returnWeights;
    this.hidden = this.own('hidden', new Linear({ units }), '');
    this.normalization = this.own('normalization', normalizationOf(normalization));
  }

  override build(shapes: Shapes): void {
    const x = pooledShape(shapes);
    const [batch, length] = x as [number, number];
    this.buildOwned(this.hidden, x);
    this.contextVector = this.weight('context_vector', [this.units, 1], glorotUniform());
    this.buildOwned(this.normalization, [[batch, 1, length], x]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const [x, mask] = [inputs].flat() as [Tensor, Tensor?];
    pooledShape([inputs].flat().map(({ shape }) => shape));
    return tidy(() => {
      const scores = linear(this.act(this.hidden.call(x)), this.contextVector.read()); // (B, T, 1)
      const weights = this.normalization.normalize(reshape(scores, [x.shape[0]!, 1, x.shape[1]!]), {
        mask: mask && attentionMask(mask, 3),
        prepared: this.normalization.prepare?.(x),
        training,
      }); // (B, 1, T)
      const pooled = squeeze(matMul(weights, x), [1]); // (B, D)
      return this.returnWeights ? [pooled, squeeze(weights, [1])] : pooled;
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [batch, length, width] = pooledShape(shapes) as [number, number, number];
    return this.returnWeights
      ? [
          [batch, width],
          [batch, length],
        ]
      : [batch, width];
  }

  override getConfig(): serialization.ConfigDict {
    const { units, activation, returnWeights } = this;
    const normalization = serializeLayer(this.normalization);
    return { ...super.getConfig(), units, activation, normalization, returnWeights };
  }
}
register(AttentionPooling);

export const attentionPooling = (args: AttentionPoolingArgs) => new AttentionPooling(args);

function pooledShape(shapes: Shapes): Shape {
  const [x, mask] = shapeList(shapes) as [Shape, Shape?];
  const [batch, length] = sequenceShape('x', x);
  if (mask) checkFlags('mask', mask, [batch, length]);
  return x;
}
