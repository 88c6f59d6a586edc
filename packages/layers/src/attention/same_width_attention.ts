import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shapes } from '../layer.js';
import { attentionShapes } from './attention_shapes.js';
import { SingleHeadAttention } from './single_head_attention.js';

/**
 * An attention that compares queries and keys as they are, which must be equally wide.
 *
 * @throws RangeError if the widths of query and key differ
 */
export abstract class SameWidthAttention extends SingleHeadAttention {
  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    if (query[2] !== key[2]) {
      throw new RangeError(`key must have the width of the query, ${query[2]}, but has ${key[2]}`);
    }
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return key;
  }
}
