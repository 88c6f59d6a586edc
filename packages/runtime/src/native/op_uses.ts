import { engine } from '@tensorflow/tfjs-core';
import type { ChuiBinding } from './binding.js';
import { registeredKernels } from './kernels.js';

/** An op that was run, with the types of its type attributes (values of tensorflow.DataType). */
export interface OpUse {
  readonly op: string;
  readonly types: Readonly<Record<string, number>>;
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface RecordedBinding {
  readonly TF_ATTR_TYPE: number;
  executeOp(op: string, attributes: Attribute[], inputs: number[], outputs: number): unknown;
}

/**
 * Runs `body` on the native backend, which must be in use, and lists the different ops that TensorFlow ran. Where chui has
 * an op of its own for the CPU, `body` takes those that a GPU has.
 */
export async function recordOps(body: () => void | Promise<void>): Promise<OpUse[]> {
  const backend = engine().findBackend('tensorflow') as unknown as { binding: RecordedBinding } | null;
  if (!backend) throw new Error('the native backend is not in use');
  const { binding } = backend;
  const uses = new Map<string, OpUse>();
  backend.binding = Object.create(binding, {
    isUsingGpuDevice: { value: () => true },
    executeOp: {
      value: (op: string, attributes: Attribute[], inputs: number[], outputs: number) => {
        const ofTypes = attributes.filter(({ type }) => type === binding.TF_ATTR_TYPE);
        const types = Object.fromEntries(ofTypes.map(({ name, value }) => [name, value as number]));
        uses.set(JSON.stringify([op, types]), { op, types });
        return binding.executeOp(op, attributes, inputs, outputs);
      },
    },
  });
  try {
    await body();
  } finally {
    backend.binding = binding;
  }
  return [...uses.values()].sort((a, b) => (a.op < b.op ? -1 : 1));
}

/**
 * Those of the ops for whose types TensorFlow has no kernel on a device such as `GPU`. What is registered for `DEFAULT`
 * serves every device: small int32 work on shapes and indices, done in the host's memory.
 */
export function opsWithoutKernel(binding: ChuiBinding, uses: readonly OpUse[], device: string): OpUse[] {
  return uses.filter(({ op, types }) => {
    const kernels = registeredKernels(binding, op).filter((kernel) =>
      [device, 'DEFAULT'].includes(kernel.device),
    );
    return !kernels.some((kernel) =>
      [...kernel.types].every(([name, allowed]) => {
        const type = types[name];
        return type === undefined || allowed.includes(type);
      }),
    );
  });
}
