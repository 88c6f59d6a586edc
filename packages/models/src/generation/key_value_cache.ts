import type { Tensor } from '@tensorflow/tfjs-core';
import { commonLength } from './draft_model.js';

/**
 * What a decoder has read of one text, so that it reads no more than what is new: of a long prompt that many texts begin with, or of a
 * chat as it grows. `generate`, `stream` and `pipeline('text-generation')` take it as `pastKeyValues`, read of the prompt
 * what is not in it, and leave in it what they read and chose. It belongs to the model that it was used with first.
 *
 * @example
 * const pastKeyValues = new KeyValueCache();
 * const [first] = await model.generate({ inputIds: [[...manual, ...question]] }, { pastKeyValues });
 * const [second] = await model.generate({ inputIds: [[...manual, ...another]] }, { pastKeyValues }); // reads `another` alone
 * pastKeyValues.dispose();
 * @see DynamicCache in Hugging Face's library, which is cropped by its caller
 */
export class KeyValueCache {
  private read: readonly number[] = [];
  private tensors: Tensor[] = [];
  private owner: object | undefined;
  private isTaken = false;

  /** The ids that need not be read again. */
  get ids(): readonly number[] {
    return this.read;
  }

  /**
   * Takes the cache out, for a generation that gives it back.
   *
   * @param isRecurrent whether nothing that was read can be taken back
   * @returns how many ids of a prompt it has, and the tensors; none at first
   * @throws RangeError if it is another model's; Error while it is taken
   */
  take(
    owner: object,
    prompt: readonly number[],
    { isRecurrent = false }: { readonly isRecurrent?: boolean },
  ): { known: number; tensors: Tensor[] } {
    this.checkFree();
    if (this.owner && this.owner !== owner) {
      throw new RangeError('pastKeyValues must be of this model, but is of another one');
    }
    const known = Math.min(commonLength(this.read, prompt), prompt.length - 1);
    const isUseless = isRecurrent && known < this.read.length;
    if (isUseless) for (const tensor of this.tensors) tensor.dispose();
    const tensors = isUseless ? [] : this.tensors;
    this.owner = owner;
    this.isTaken = true;
    this.tensors = [];
    return { known: tensors.length > 0 ? known : 0, tensors };
  }

  /** Gives it back, with what it holds by now. */
  give(ids: readonly number[], tensors: Tensor[]): void {
    this.read = tensors.length > 0 ? [...ids] : [];
    this.tensors = tensors;
    this.isTaken = false;
  }

  /** Frees what it holds; it is empty then. @throws Error while it is taken */
  dispose(): void {
    this.checkFree();
    for (const tensor of this.tensors) tensor.dispose();
    this.give([], []);
    this.owner = undefined;
  }

  private checkFree(): void {
    if (this.isTaken) throw new Error('pastKeyValues must not be in use, but another generation has it');
  }
}
