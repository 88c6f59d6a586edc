import { div, maximum, norm, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { EmbeddingModule } from './embedding_module.js';

/** x / |x| over the last axis, and x / 10⁻¹² where that is more, as in PyTorch. */
export const unitLength = <T extends Tensor>(x: T): T =>
  tidy(() => div(x, maximum(norm(x, 'euclidean', -1, true), 1e-12)));

/** Embeddings of length 1. */
export class Normalize implements EmbeddingModule {
  readonly type = 'sentence_transformers.models.Normalize';

  widthOf(width: number): number {
    return width;
  }

  apply(embeddings: Tensor2D): Tensor2D {
    return unitLength(embeddings);
  }

  async toFiles(): Promise<Record<string, string>> {
    return { 'config.json': '{}\n' };
  }

  dispose(): void {}
}
