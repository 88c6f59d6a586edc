import { type Tensor, tidy } from '@tensorflow/tfjs-core';
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

/**
 * Base of what makes scores into weights: a part that any attention with scores takes, as its option `normalization`.
 *
 * - inputs, as a layer by itself: scores (B, T, S) or (B, H, T, S), or [scores, mask] with a mask as `Attention` takes it,
 *   or [scores, mask, key (B, S, Dk)]
 * - output: the weights, of the shape of the scores; those of masked slots are 0, and so is a whole row that may attend to
 *   nothing
 *
 * An attention builds its part with the shapes of the scores and of the keys (B, S, Dk).
 */
export abstract class Normalization extends Layer {
  /**
   * What `normalize` needs to know of each key besides its score, (B, S, 1), from keys (B, S, Dk). It is made once for all
   * the queries of a memory.
   */
  prepare?(key: Tensor): Tensor;

  /** The weights of scores, of which all are allowed where there is no mask. */
  abstract normalize(scores: Tensor, options?: NormalizeOptions): Tensor;

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [scores, given, key] = [inputs].flat() as [Tensor, Tensor?, Tensor?];
    checkScores(scores.shape);
    return tidy(() => {
      const mask = given && attentionMask(given, scores.rank as 3 | 4);
      return this.normalize(scores, { mask, prepared: key && this.prepare?.(key), training });
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return checkScores(shapeList(shapes)[0]!);
  }
}

/** The number of heads that scores of this shape have, or 1. */
export function headsOf(shapes: Shapes): number {
  const scores = checkScores(shapeList(shapes)[0]!);
  return scores.length === 4 ? scores[1]! : 1;
}

function checkScores(shape: Shape): Shape {
  if (shape.length !== 3 && shape.length !== 4) {
    throw new RangeError(`scores must be of shape (B, T, S) or (B, H, T, S), but have shape [${shape}]`);
  }
  return shape;
}
