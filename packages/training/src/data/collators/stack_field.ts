import type { BatchArray } from '../batch.js';
import { ExampleError, shown } from './example_error.js';
import { type Fields, isInt32, isList } from './pad_field.js';

/**
 * A field that has the same shape in every example, a number or nested lists of numbers, as one array: (B, …), float32
 * if `isFloat` or where it comes as Float32Array or Float64Array, else int32.
 *
 * @throws ExampleError naming field and value if an example's is of another shape or type, or no int32 where these are due.
 */
export function stackField(examples: readonly Fields[], field: string, isFloat: boolean): BatchArray {
  const first = examples[0]![field];
  const shape = shapeOf(first);
  const typed = isFloatArray(first);
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values =
    isFloat || typed ? new Float32Array(examples.length * size) : new Int32Array(examples.length * size);
  for (let row = 0; row < examples.length; row++) {
    const value = examples[row]![field];
    if (!isFloat && isFloatArray(value) !== typed) {
      const rule = typed ? 'a Float32Array' : 'no Float32Array';
      throw new ExampleError(
        row,
        `must have ${rule} as ${field}, as others do (or floatFields names it), but has ${shown(value)}`,
      );
    }
    const flaw = put(values, row * size, value, shape, 0);
    if (flaw !== undefined) throw new ExampleError(row, ruleOf(flaw, field, value, shape));
  }
  return { shape: [examples.length, ...shape], values };
}

function isFloatArray(value: unknown): boolean {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/** The shape of nested lists, by their first elements. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; isList(inner); inner = inner[0]) shape.push(inner.length);
  return shape;
}

/** A value that must be another, and why. */
interface Flaw {
  readonly value: unknown;
  readonly rule: 'shape' | 'number' | 'integer';
}

/** Writes an example's value, or a part of it from `axis` on, and says what is wrong with it, if anything. */
function put(
  target: Int32Array | Float32Array,
  start: number,
  value: unknown,
  shape: readonly number[],
  axis: number,
): Flaw | undefined {
  const isInteger = target instanceof Int32Array;
  if (axis === shape.length) {
    const flaw = flawOf(value, isInteger);
    if (!flaw) target[start] = value as number;
    return flaw;
  }
  if (!isList(value) || value.length !== shape[axis]) return { value, rule: 'shape' };
  const { length } = value;
  if (axis === shape.length - 1) {
    if (isFloatArray(value) || value instanceof Int32Array) {
      if (!isInteger || value instanceof Int32Array) {
        target.set(value as Float32Array, start);
        return undefined;
      }
    }
    for (let at = 0; at < length; at++) {
      const element = value[at];
      if (isInteger ? !isInt32(element) : typeof element !== 'number') return flawOf(element, isInteger);
      target[start + at] = element as number;
    }
    return undefined;
  }
  let step = 1;
  for (let inner = axis + 1; inner < shape.length; inner++) step *= shape[inner]!;
  for (let at = 0; at < length; at++) {
    const flaw = put(target, start + at * step, value[at], shape, axis + 1);
    if (flaw) return flaw;
  }
  return undefined;
}

function flawOf(value: unknown, isInteger: boolean): Flaw | undefined {
  if (isList(value)) return { value, rule: 'shape' };
  if (typeof value !== 'number') return { value, rule: 'number' };
  return isInteger && !isInt32(value) ? { value, rule: 'integer' } : undefined;
}

function ruleOf(flaw: Flaw, field: string, value: unknown, shape: readonly number[]): string {
  if (flaw.rule === 'number') return `must have numbers as ${field}, but has ${shown(flaw.value)}`;
  if (flaw.rule === 'integer') {
    return `must have integers as ${field}, for floatFields does not name it, but has ${shown(flaw.value)}`;
  }
  const due = shape.length === 0 ? 'a number' : `lists of shape [${shape.join(', ')}]`;
  return `must have ${due} as ${field}, as others do, but has ${shown(value)}`;
}
