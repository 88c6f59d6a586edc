import { gather, registerGradient, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import '../kernels/host/embedding_lookup.js';
import '../kernels/native/embedding_lookup.js';
import { hasKernel, runKernel } from './run_kernel.js';

/**
 * The rows of a table that ids name. The native backend does not read the ids back to JavaScript, so nothing waits for
 * them; check ids while they are still in JavaScript, with `checkIds`.
 *
 * @param table (V, D)
 * @param ids int32 of any shape, each from 0 to V − 1
 * @returns the shape of ids, then D
 * @throws RangeError if ids are not int32, or the table is not of rank 2; on WASM and in pure JavaScript also if an id is
 * out of range. The native backend throws TensorFlow's error for that on a CPU, and gives zeros on a GPU.
 */
export function embeddingLookup(table: Tensor, ids: Tensor): Tensor {
  if (table.rank !== 2) throw new RangeError(`table must be of rank 2, but is (${table.shape})`);
  if (ids.dtype !== 'int32') throw new RangeError(`ids must be int32, but are ${ids.dtype}`);
  if (!hasKernel('EmbeddingLookup')) return gather(table as Tensor2D, ids);
  return runKernel('EmbeddingLookup', { table, ids }, { rows: table.shape[0]! });
}

/** A list of ids, or lists of such lists. */
export type Ids = ArrayLike<number> | readonly Ids[];

/**
 * Checks ids before they become a tensor.
 *
 * @param argument what the caller calls them, for the message
 * @throws RangeError unless each is an integer from 0 to vocabSize − 1
 */
export function checkIds(ids: Ids, vocabSize: number, argument = 'ids'): void {
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index]!;
    if (typeof id !== 'number') checkIds(id, vocabSize, argument);
    else if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new RangeError(`${argument} must be integers from 0 to ${vocabSize - 1}, but one is ${id}`);
    }
  }
}

registerGradient({
  kernelName: 'EmbeddingLookup',
  inputsToSave: ['ids'],
  gradFunc: (dy, saved, { rows }) => {
    const [ids] = saved as [Tensor];
    return { table: () => runKernel('EmbeddingLookupGrad', { dy: dy as Tensor, ids }, { rows: rows! }) };
  },
});

registerGradient({
  kernelName: 'EmbeddingLookupGrad',
  inputsToSave: ['ids'],
  gradFunc: (dy, saved, { rows }) => {
    const [ids] = saved as [Tensor];
    return { dy: () => runKernel('EmbeddingLookup', { table: dy as Tensor, ids }, { rows: rows! }) };
  },
});
