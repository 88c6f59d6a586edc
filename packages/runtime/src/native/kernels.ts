import type { ChuiBinding } from './binding.js';

/** A kernel that is registered in TensorFlow. */
export interface RegisteredKernel {
  readonly op: string;
  /** `CPU`, `GPU`, `XLA_CPU_JIT`, …; `DEFAULT` is a kernel for every device without one of its own. */
  readonly device: string;
  /** For each attribute that it is bound to, the types (values of tensorflow.DataType) that it takes. */
  readonly types: ReadonlyMap<string, readonly number[]>;
}

/** The fields of a serialized protocol buffer: pairs of number and content, of the kinds that kernels use. */
function* fields(message: Uint8Array): Generator<[field: number, content: number | Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire !== 0 && wire !== 2) throw new Error(`a kernel's description has a field of wire type ${wire}`);
    const value = varint();
    if (wire === 0) yield [tag >> 3, value];
    else {
      yield [tag >> 3, message.subarray(at, at + value)];
      at += value;
    }
  }
}

const bytesOf = (message: Uint8Array, field: number): Uint8Array[] =>
  [...fields(message)].filter(([number]) => number === field).map(([, content]) => content as Uint8Array);

const textOf = (message: Uint8Array, field: number): string =>
  new TextDecoder().decode(bytesOf(message, field)[0] ?? new Uint8Array());

/** The enumeration values in `AttrValue.list.type`, packed or not. */
function typesIn(attrValue: Uint8Array): number[] {
  const types: number[] = [];
  for (const list of bytesOf(attrValue, 1)) {
    for (const [field, content] of fields(list)) {
      if (field !== 6) continue;
      // Packed: a varint each, all below 128.
      if (typeof content === 'number') types.push(content);
      else types.push(...content);
    }
  }
  return types;
}

/** The kernels that TensorFlow has for an op: tensorflow.KernelList, of KernelDef, of AttrConstraint. */
export function registeredKernels(binding: ChuiBinding, op: string): RegisteredKernel[] {
  return bytesOf(binding.registeredKernels(op), 1).map((kernel) => ({
    op: textOf(kernel, 1),
    device: textOf(kernel, 2),
    types: new Map(
      bytesOf(kernel, 3).map((constraint) => [
        textOf(constraint, 1),
        bytesOf(constraint, 2).flatMap((value) => typesIn(value)),
      ]),
    ),
  }));
}
