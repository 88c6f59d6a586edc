import { positiveInteger } from '../../checks.js';
import type { BatchArray } from '../batch.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { ExampleError, shown } from './example_error.js';

/** How many labels are not −100. @param from where in each row, of `length`, the first stands that may count */
export function countLabels(values: ArrayLike<number>, length = values.length, from = 0): number {
  let count = 0;
  for (let start = 0; start < values.length; start += length) {
    for (let at = start + from; at < start + length; at++) if (values[at] !== IGNORED_LABEL) count++;
  }
  return count;
}

/**
 * Checks that labels are classes, or −100.
 *
 * @param numLabels how many classes there are; no check if not given, nor of floats
 * @throws ExampleError naming the label if it is none.
 */
export function checkLabels(labels: BatchArray | undefined, numLabels: number | undefined): void {
  if (numLabels === undefined || !(labels?.values instanceof Int32Array)) return;
  const { values, shape } = labels;
  for (let at = 0; at < values.length; at++) {
    const label = values[at]!;
    if (label !== IGNORED_LABEL && (label < 0 || label >= numLabels)) {
      const row = Math.floor(at / (values.length / shape[0]!));
      throw new ExampleError(
        row,
        `must have labels from 0 to ${numLabels - 1} (numLabels), or ${IGNORED_LABEL}, but has ${shown(label)}`,
      );
    }
  }
}

/** @throws RangeError if numLabels is given, but is no positive integer. */
export function checkNumLabels(numLabels: number | undefined): void {
  if (numLabels !== undefined) positiveInteger('numLabels', numLabels);
}
