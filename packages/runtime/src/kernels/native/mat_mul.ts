import { BatchMatMul, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { nativeBinding } from '../../native/binding.js';
import { nativeThreads } from '../../native/threads.js';
import { fusedBackend } from './fused_kernel.js';
import { type NativeBackend, replaceNativeKernel } from './native_kernel.js';

/** Matrices of fewer numbers are not worth copying their factors for. */
const SMALLEST = 1024;

/**
 * Has chui's addon multiply many matrices of float32, where it has products for the processor. TensorFlow's take longer
 * where matrices are small, as of the heads of an attention.
 *
 * Call it when tfjs-node has registered its kernels.
 */
export function ownMatMul(): void {
  replaceNativeKernel(BatchMatMul, (original) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const backend = isWorthwhile(a, b, transposeA, transposeB) ? matMulBackend(a) : undefined;
    if (!backend) return original(call);
    const name = `ChuiMatMul${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
    return backend.executeSingleOutput(name, [], [a, b]);
  });
}

function isWorthwhile(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): boolean {
  const size = a.shape.at(transposeA ? -1 : -2)! * b.shape.at(transposeB ? -2 : -1)!;
  const batches = [a, b].map(({ shape }) => shape.slice(0, -2));
  return (
    size >= SMALLEST &&
    a.dtype === 'float32' &&
    b.dtype === 'float32' &&
    util.arraysEqual(batches[0]!, batches[1]!)
  );
}

/** The backend, if the addon has products for the processor, and there are many matrices: one for each thread at least. */
function matMulBackend({ shape }: TensorInfo): NativeBackend | undefined {
  const binding = nativeBinding();
  if (!binding?.chui?.multipliesMatrices) return undefined;
  const matrices = util.sizeFromShape(shape.slice(0, -2));
  return matrices >= Math.max(2, nativeThreads(binding)) ? fusedBackend() : undefined;
}
