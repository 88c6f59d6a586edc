import type { BatchArray } from '../batch.js';
import { ExampleError } from './example_error.js';
import { type Fields, maskField, padField, tokenCounts } from './pad_field.js';
import { stackField } from './stack_field.js';

/** The fields of some examples as arrays, and how many tokens these have without padding. */
export interface CollatedFields {
  readonly inputs: Record<string, BatchArray>;
  readonly tokens: number;
}

/**
 * Fields that `padding` names are padded to `length` with its value, all others stacked; an attentionMask is made where
 * there is none. Without a length, all are stacked.
 *
 * @throws ExampleError if an example lacks a field that another has; errors of `padField` and `stackField`.
 */
export function collateFields(
  examples: readonly Fields[],
  length: number | undefined,
  padding: Readonly<Record<string, number>>,
  floatFields: ReadonlySet<string>,
): CollatedFields {
  const names = sameFields(examples, length !== undefined);
  const inputs: Record<string, BatchArray> = {};
  if (length === undefined) {
    for (const name of names) inputs[name] = stackField(examples, name, floatFields.has(name));
    return { inputs, tokens: 0 };
  }
  const counts = tokenCounts(examples, length);
  const shape = [examples.length, length];
  for (const name of names) {
    const pad = Object.hasOwn(padding, name) ? padding[name] : undefined;
    if (pad === undefined) {
      inputs[name] = stackField(examples, name, floatFields.has(name));
    } else {
      inputs[name] = { shape, values: padField(examples, name, counts, length, pad) };
    }
    if (name === 'inputIds') {
      inputs.attentionMask = { shape, values: maskField(examples, counts, length) };
    }
  }
  return { inputs, tokens: sum(counts) };
}

/** The names of the fields that all examples have. @throws ExampleError if one lacks a field that another has. */
function sameFields(examples: readonly Fields[], isMaskMade: boolean): string[] {
  const namesOf = (example: Fields) => {
    return Object.keys(example).filter(
      (name) => example[name] !== undefined && !(isMaskMade && name === 'attentionMask'),
    );
  };
  const names = namesOf(examples[0]!);
  for (let row = 1; row < examples.length; row++) {
    const example = examples[row]!;
    for (const name of names) if (example[name] === undefined) throw missing(row, name, namesOf(example));
    const own = namesOf(example);
    if (own.length > names.length) {
      throw missing(0, own.find((name) => !names.includes(name))!, names);
    }
  }
  return names;
}

function missing(row: number, name: string, has: readonly string[]): ExampleError {
  return new ExampleError(row, `must have ${name}, as others do, but has ${has.join(', ') || 'nothing'}`);
}

export function sum(values: Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
