import type { Variable } from '@tensorflow/tfjs-core';
import { type NativeBackend, typeAttribute } from './native_kernel.js';

/**
 * Sees to it that variables on the CPU have memory that no other tensor has, so that an op may write there. What is shared,
 * with a clone or with a reshape or slice that TensorFlow made without copying, is copied, and the others keep the old.
 */
export function ownBuffers(backend: NativeBackend, variables: readonly Variable[]): void {
  for (const variable of variables) {
    if (backend.tensorMap.get(variable.dataId).refCount === 1) continue;
    const copy = backend.executeSingleOutput(
      'DeepCopy',
      [typeAttribute(backend, 'T', variable.dtype)],
      [variable],
    );
    variable.assign(copy);
    copy.dispose();
  }
  backend.binding.chui!.own(backend.getInputTensorIds([...variables]));
}
