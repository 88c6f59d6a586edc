import { cast, reshape, Tensor, tensor } from '@tensorflow/tfjs-core';
import { shown } from '../shown.js';

/** Labels: a tensor, numbers, or rows of them; lists may be such as an Int32Array. */
export type Labels = Tensor | ArrayLike<number> | readonly ArrayLike<number>[];

/** A tensor of labels, and their values where they came as numbers. */
interface LabelTensor {
  tensor: Tensor;
  values: readonly number[];
}

/**
 * Class labels as an int32 tensor of a shape.
 *
 * @param shape if it is (B), labels (B, 1) are taken too
 * @param classes how many classes there are; labels given as numbers must be below it
 * @param ignored a label that is left out of the loss
 * @throws RangeError naming the argument, the rule and the value.
 */
export function classLabels(
  name: string,
  labels: Labels,
  shape: readonly number[],
  { classes, ignored = -100 }: { classes: number; ignored?: number },
): Tensor {
  const { tensor, values } = integersOf(name, labels, shape);
  for (const label of values) {
    if (label === ignored || (Number.isInteger(label) && label >= 0 && label < classes)) continue;
    throw new RangeError(`${name} must be classes from 0 to ${classes - 1}, or ${ignored}, but has ${label}`);
  }
  return tensor;
}

/**
 * Places of tokens, any whole numbers, as an int32 tensor of a shape.
 *
 * @param shape if it is (B), places (B, 1) are taken too
 * @throws RangeError naming the argument, the rule and the value.
 */
export function placeLabels(name: string, labels: Labels, shape: readonly number[]): Tensor {
  const { tensor, values } = integersOf(name, labels, shape);
  const other = values.find((place) => !Number.isInteger(place));
  if (other !== undefined) throw new RangeError(`${name} must be whole numbers, but has ${other}`);
  return tensor;
}

/** Labels that are numbers, as a float32 tensor of a shape. @throws RangeError naming the argument, the rule and the value. */
export function numberLabels(name: string, labels: Labels, shape: readonly number[]): Tensor {
  const given = tensorOf(name, labels, 'float32').tensor;
  const same = given.size === shape.reduce((product, side) => product * side, 1);
  if (!same) expectShape(name, given, shape);
  return reshape(cast(given, 'float32'), [...shape]);
}

/** The sides of labels, without making a tensor of them: (B), or (B, L). */
export function labelShape(name: string, labels: Labels): readonly number[] {
  if (labels instanceof Tensor) return labels.shape;
  if (!isList(labels)) {
    throw new RangeError(`${name} must be a list of numbers, or a tensor, but is ${shown(labels)}`);
  }
  const rows = Array.from(labels as readonly (number | ArrayLike<number>)[]);
  const lengthOf = (row: number | ArrayLike<number> | undefined) => (isList(row) ? row.length : undefined);
  const length = lengthOf(rows[0]);
  const other = rows.find((row) => lengthOf(row) !== length);
  if (other !== undefined) {
    throw new RangeError(`${name} must have rows of equal length, but has one of ${lengthOf(other)}`);
  }
  return length === undefined ? [rows.length] : [rows.length, length];
}

const isList = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || ArrayBuffer.isView(value);

function integersOf(name: string, labels: Labels, shape: readonly number[]): LabelTensor {
  const { tensor, values } = tensorOf(name, labels, 'int32');
  const isColumn = shape.length === 1 && tensor.rank === 2 && tensor.shape[1] === 1;
  const given = isColumn ? reshape(tensor, [-1]) : tensor;
  expectShape(name, given, shape);
  if (given.dtype !== 'int32' && given.dtype !== 'bool') {
    throw new RangeError(`${name} must be of type int32, but is ${given.dtype}`);
  }
  return { tensor: given, values };
}

function tensorOf(name: string, labels: Labels, dtype: 'int32' | 'float32'): LabelTensor {
  if (labels instanceof Tensor) return { tensor: labels, values: [] };
  const shape = labelShape(name, labels);
  const rows = Array.from(labels as readonly (number | ArrayLike<number>)[]);
  const values = rows.flatMap((row) => (isList(row) ? Array.from(row) : [row]));
  const other = values.findIndex((label) => typeof label !== 'number' || Number.isNaN(label));
  if (other >= 0) throw new RangeError(`${name} must be numbers, but has ${shown(values[other])}`);
  return { tensor: tensor(values, [...shape], dtype), values };
}

function expectShape(name: string, given: Tensor, shape: readonly number[]): void {
  if (given.rank !== shape.length || given.shape.some((size, axis) => size !== shape[axis])) {
    throw new RangeError(`${name} must have the shape [${shape}], but has [${given.shape}]`);
  }
}
