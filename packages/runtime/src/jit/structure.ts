import { Tensor, Variable } from '@tensorflow/tfjs-core';

/** Arrays and plain objects, nested, with its tensors taken out. */
export interface Structure {
  readonly tensors: readonly Tensor[];
  /** What is left, as a text: equal for structures that differ in the values of tensors only. */
  readonly key: string;
  /** The same structure around other values in the places of the tensors. */
  rebuild(values: readonly Tensor[]): unknown;
}

/** Takes the tensors out of arrays and plain objects; all else, variables too, is left where it is. */
export function structureOf(value: unknown): Structure {
  const tensors: Tensor[] = [];
  const visit = (each: unknown): { key: unknown; rebuild: (values: readonly Tensor[]) => unknown } => {
    if (each instanceof Tensor && !(each instanceof Variable)) {
      const place = tensors.push(each) - 1;
      return { key: { tensor: [each.dtype, ...each.shape] }, rebuild: (values) => values[place] };
    }
    if (Array.isArray(each)) {
      const parts = each.map(visit);
      return {
        key: { list: parts.map(({ key }) => key) },
        rebuild: (values) => parts.map((part) => part.rebuild(values)),
      };
    }
    if (isPlainObject(each)) {
      const parts = Object.entries(each).map(([name, part]) => [name, visit(part)] as const);
      return {
        key: { object: parts.map(([name, { key }]) => [name, key]) },
        rebuild: (values) => Object.fromEntries(parts.map(([name, part]) => [name, part.rebuild(values)])),
      };
    }
    return { key: keyOf(each), rebuild: () => each };
  };
  const { key, rebuild } = visit(value);
  return { tensors, key: JSON.stringify(key), rebuild };
}

/** Values that are not told apart by a text are told apart by being the same. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function keyOf(value: unknown): unknown {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
    const identity = identities.get(value) ?? ++lastIdentity;
    identities.set(value, identity);
    return { identity };
  }
  return { [typeof value]: String(value) };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
