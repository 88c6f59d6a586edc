import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readSafetensors, type SavedTensor, saveFiles, toFloat32, writeSafetensors } from '@chui/hub';
import type { Checkpoint, CheckpointStore, Progress } from './checkpoint.js';

/**
 * Keeps a training's checkpoint in one safetensors file, whose metadata has the progress. It is written under a temporary
 * name and renamed, so that there is a whole one at any moment.
 *
 * @example
 * new Trainer({ ..., checkpoints: new CheckpointFile('out/checkpoint.safetensors') })
 */
export class CheckpointFile implements CheckpointStore {
  constructor(readonly path: string) {}

  /** @throws Error, of one line, if the file is damaged. */
  async load(): Promise<Checkpoint | undefined> {
    if (!existsSync(this.path)) return undefined;
    const { tensors, metadata } = readSafetensors(await readFile(this.path), this.path);
    if (!metadata.progress) throw new Error(`${this.path} must be a checkpoint, but has no progress`);
    return {
      progress: JSON.parse(metadata.progress) as Progress,
      tensors: new Map(
        [...tensors].map(([name, tensor]) => [name, { shape: [...tensor.shape], values: toFloat32(tensor) }]),
      ),
    };
  }

  async save({ progress, tensors }: Checkpoint): Promise<void> {
    const saved = [...tensors].map(([name, { shape, values }]): [string, SavedTensor] => [
      name,
      { dtype: 'F32', shape, data: values as Float32Array<ArrayBuffer> },
    ]);
    const bytes = writeSafetensors(saved, { progress: JSON.stringify(progress) });
    await saveFiles(dirname(this.path), { [basename(this.path)]: bytes });
  }

  async clear(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
