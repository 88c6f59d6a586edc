import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type Shapes, shapeList, type Tensors } from '../layer.js';
import { type AttentionMask, attentionMask } from '../ops/mask.js';

/** What `normalize` takes besides the scores. */
export interface NormalizeOptions {
  mask?: AttentionMask | undefined;
  /** What `prepare` made of the keys. */
  prepared?: Tensor | undefined;
  training?: boolean;
}

export abstract class Normalization extends Layer {
  prepare(_key: Tensor): Tensor | undefined {
    return undefined;
  }
  abstract normalize(scores: Tensor, options: NormalizeOptions): Tensor;

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [scores, mask] = [inputs].flat() as [Tensor, Tensor?];
    return this.normalize(scores, { mask: mask && attentionMask(mask, scores.rank as 3 | 4), training });
  }
  override computeOutputShape(shapes: Shapes): Shape {
    return shapeList(shapes)[0]!;
  }
}
