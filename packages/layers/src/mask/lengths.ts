import { reshape, type Tensor, tensor1d } from '@tensorflow/tfjs-core';

/** One length for each row of a batch: a tensor (B), of which only the shape is checked, or numbers. */
export type Lengths = Tensor | readonly number[];

/**
 * Lengths as (B, 1), to be compared with places.
 *
 * @throws RangeError if they are no vector, or a number among them is no integer from 0 to `most`
 */
export function lengthsColumn(name: string, lengths: Lengths, most: number): Tensor {
  if ('rank' in lengths) {
    if (lengths.rank !== 1) {
      throw new RangeError(`${name} must be of rank 1 (batch), but have shape [${lengths.shape}]`);
    }
    return reshape(lengths, [-1, 1]);
  }
  const wrong = lengths.find((length) => !Number.isInteger(length) || length < 0 || length > most);
  if (wrong !== undefined)
    throw new RangeError(`${name} must be integers from 0 to ${most}, but one is ${wrong}`);
  return reshape(tensor1d([...lengths], 'int32'), [-1, 1]);
}
