import type { ModelFiles } from '@chui/hub';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { EmbeddingModule } from './embedding_module.js';
import { jsonFile, readSettings } from './module_files.js';

/** What was dropped in training; embeddings are made without, so it is only kept for those who train on. */
export class Dropout implements EmbeddingModule {
  readonly type = 'sentence_transformers.models.Dropout';

  private constructor(private readonly config: Record<string, unknown>) {}

  /** Reads config.json of the module's folder. */
  static async fromFiles(files: ModelFiles): Promise<Dropout> {
    return new Dropout(await readSettings(files, 'config.json'));
  }

  widthOf(width: number): number {
    return width;
  }

  apply(embeddings: Tensor2D): Tensor2D {
    return embeddings;
  }

  async toFiles(): Promise<Record<string, string>> {
    return { 'config.json': jsonFile(this.config) };
  }

  dispose(): void {}
}
