import type { ChuiBinding } from './binding.js';
import { bytesOf, fields, textOf } from './protobuf.js';

/** A kernel that is registered in TensorFlow. */
export interface RegisteredKernel {
  readonly op: string;
  /** `CPU`, `GPU`, `XLA_CPU_JIT`, …; `DEFAULT` is a kernel for every device without one of its own. */
  readonly device: string;
  /** For each attribute that it is bound to, the types (values of tensorflow.DataType) that it takes. */
  readonly types: ReadonlyMap<string, readonly number[]>;
}

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
