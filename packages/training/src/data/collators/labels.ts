import { positiveInteger } from '../../checks.js';
import type { BatchArray } from '../batch.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { ExampleError } from './example_error.js';

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
  const isClass = (label: number) => label === IGNORED_LABEL || (label >= 0 && label < numLabels);
  checkEach(labels, isClass, `from 0 to ${numLabels - 1} (numLabels), or ${IGNORED_LABEL}`);
}

/** Checks that labels are from 0 to 1. @throws ExampleError naming the label if it is not. */
export function checkShares(labels: BatchArray | undefined): void {
  if (labels) checkEach(labels, (label) => label >= 0 && label <= 1, 'from 0 to 1');
}

function checkEach({ values, shape }: BatchArray, isGood: (label: number) => boolean, rule: string): void {
  for (let at = 0; at < values.length; at++) {
    const label = values[at]!;
    if (isGood(label)) continue;
    const row = Math.floor(at / (values.length / shape[0]!));
    // In the digits that float32 has.
    const has = values instanceof Int32Array ? label : Number(label.toPrecision(7));
    throw new ExampleError(row, `must have labels ${rule}, but has ${has}`);
  }
}

/** @throws RangeError if numLabels is given, but is no positive integer. */
export function checkNumLabels(numLabels: number | undefined): void {
  if (numLabels !== undefined) positiveInteger('numLabels', numLabels);
}
