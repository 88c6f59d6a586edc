import type { Tensor } from '@tensorflow/tfjs-core';
import { Layer } from '../layer.js';

/**
 * Where queries and keys stand, as an attention with heads uses it: a part of it that turns them, or adds to their
 * scores. The attention builds it with the shape of its queries, (B, H, T, K).
 *
 * A position `first` is a number, or int32 of shape (), (1), (B) or (B, 1) where it is known only when the layer runs, as
 * in decoding step by step.
 */
export abstract class AttentionPositions extends Layer {
  /** Queries or keys (B, H, L, K), of any number of heads, turned by where they stand: column l at position first + l. */
  turn(x: Tensor, _first: Tensor | number = 0): Tensor {
    return x;
  }

  /**
   * What is added to the scores of queries at first … first + T − 1 and keys at 0 … S − 1: (1, H, T, S), or
   * (B, H, T, S) if each sequence begins elsewhere; undefined if nothing.
   */
  bias(_queryLength: number, _keyLength: number, _first: Tensor | number = 0): Tensor | undefined {
    return undefined;
  }
}
