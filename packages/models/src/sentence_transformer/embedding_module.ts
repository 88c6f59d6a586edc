import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { SaveOptions } from '../checkpoint.js';

/** A part of a sentence transformer behind its pooling: embeddings (B, D) → (B, E). */
export interface EmbeddingModule {
  /** The class's name in modules.json. */
  readonly type: string;
  /** Width E of what it gives for embeddings of a width. */
  widthOf(width: number): number;
  apply(embeddings: Tensor2D): Tensor2D;
  /** Its files, by name. */
  toFiles(options: SaveOptions): Promise<Record<string, string | Uint8Array>>;
  dispose(): void;
}
