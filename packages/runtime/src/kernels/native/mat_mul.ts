import { BatchMatMul, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { recordedPrecision } from '../../jit/state.js';
import { nativeBinding } from '../../native/binding.js';
import { fusedBackend } from './fused_kernel.js';
import { replaceNativeKernel } from './native_kernel.js';

/** A product of fewer numbers is not worth copying its factors for. */
const SMALLEST = 1024;
/** Nor is one of fewer rows or columns. */
const NARROWEST = 4;
/** So few rows are multiplied with a matrix of SMALLEST numbers, and no fewer columns than a vector has, without copies. */
const FEW_ROWS = 24;
const VECTOR = 16;

/**
 * Has chui's addon multiply matrices of float32, where it has products for the processor: they take less time than
 * TensorFlow's.
 *
 * Call it when tfjs-node has registered its kernels.
 */
export function ownMatMul(): void {
  replaceNativeKernel(BatchMatMul, (original) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const [inner, columns] = transposeB
      ? [b.shape.at(-1)!, b.shape.at(-2)!]
      : (b.shape.slice(-2) as [number, number]);
    const areAsMany = util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const isOwn = areAsMany && multipliesFaster([a, b], [rows, inner, columns]) && multipliesMatrices();
    const backend = isOwn ? fusedBackend() : undefined;
    const name = `ChuiMatMul${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
    return backend ? backend.executeSingleOutput(name, [], [a, b]) : original(call);
  });
}

/** Whether the addon has products for the processor, and for what is recorded: those of bfloat16 are TensorFlow's, where they are. */
export function multipliesMatrices(): boolean {
  const chui = nativeBinding()?.chui;
  if (!chui?.multipliesMatrices) return false;
  return recordedPrecision() !== 'bfloat16' || !chui.multipliesBfloat16;
}

/** Whether the addon's product of two matrices, of sizes (rows, inner) and (inner, columns), takes less time than TensorFlow's. */
export function multipliesFaster(
  factors: readonly TensorInfo[],
  [rows, inner, columns]: readonly [number, number, number],
): boolean {
  if (factors.some(({ dtype }) => dtype !== 'float32')) return false;
  if (rows <= FEW_ROWS && columns >= VECTOR && inner * columns >= SMALLEST) return true;
  return rows * columns >= SMALLEST && Math.min(rows, columns) >= NARROWEST;
}
