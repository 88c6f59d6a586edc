import type { Batch, DataCollator } from './batch.js';
import { namingExamples } from './collators/example_error.js';

/**
 * Makes a batch of examples of a data set, whose `indices` errors name them by.
 *
 * @param partSize most examples of a part
 */
export function collateBatch<E>(
  collator: DataCollator<E>,
  examples: readonly E[],
  lengths: readonly number[],
  indices: Int32Array,
  partSize: number,
): Batch {
  const parts = Array.from({ length: Math.ceil(examples.length / partSize) }, (_, part) => {
    const [from, to] = [part * partSize, (part + 1) * partSize];
    return namingExamples(indices.subarray(from, to), () =>
      collator.collate(examples.slice(from, to), lengths),
    );
  });
  const total = (of: 'items' | 'tokens') => parts.reduce((sum, part) => sum + part[of], 0);
  return { parts, size: examples.length, items: total('items'), tokens: total('tokens'), indices };
}
