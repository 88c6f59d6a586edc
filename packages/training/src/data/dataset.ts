import type { BatchLoader } from './batch.js';
import { Batches } from './batches.js';
import type { ExampleSource } from './example_stream.js';
import { StreamBatches, type StreamBatchesOptions } from './stream_batches.js';

/** Examples: an array, which is in memory and is shuffled as a whole, or what is read as a stream. */
export type Dataset<E> = readonly E[] | ExampleSource<E>;

/**
 * The batches of a data set.
 *
 * @param name what the data set is called in errors
 * @throws RangeError as `Batches` and `StreamBatches`.
 */
export function loaderFor<E>(
  name: string,
  dataset: Dataset<E>,
  options: StreamBatchesOptions<NoInfer<E>>,
): BatchLoader {
  if (typeof dataset === 'string') {
    throw new TypeError(
      `${name} must be examples, or a function such as () => readJsonl(path), but is ${dataset}`,
    );
  }
  const named = { ...options, name };
  return Array.isArray(dataset)
    ? new Batches<E>(dataset, named)
    : new StreamBatches(dataset as ExampleSource<E>, named);
}
