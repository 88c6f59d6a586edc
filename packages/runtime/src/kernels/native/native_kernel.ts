import {
  type DataId,
  type DataType,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type Tensor,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { ChuiBinding, OpAttribute } from '../../native/binding.js';

/** The name under which @tensorflow/tfjs-node registers its backend. */
const nativeBackendName = 'tensorflow';

/** The binding as kernels use it. */
export interface KernelBinding {
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_STRING: number;
  /** Absent from upstream's own binary. */
  readonly chui?: ChuiBinding;
  createTensor(shape: number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): unknown[];
  tensorDataSync(id: number): ArrayBufferView;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): unknown[];
}

/** What the backend holds for the data of a tensor. */
export interface NativeData {
  readonly shape: number[];
  /** A value of tensorflow.DataType. */
  readonly dtype: number;
  /** Of the binding's tensor; −1 if that is still to be made of `values`. */
  id: number;
  values: ArrayBufferView | null;
  refCount: number;
}

/** The parts of tfjs-node's backend that chui uses. */
export interface NativeBackend {
  binding: KernelBinding;
  readonly tensorMap: {
    get(dataId: DataId): NativeData;
    set(dataId: DataId, data: NativeData): void;
    has(dataId: DataId): boolean;
  };
  incRef(dataId: DataId): void;
  disposeData(dataId: DataId): boolean;
  write(values: ArrayBufferView, shape: number[], dtype: DataType): DataId;
  readSync(dataId: DataId): ArrayBufferView;
  getDTypeInteger(dtype: DataType): number;
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(metadata: unknown): Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** A kernel over TensorFlow ops. */
export type NativeKernel<Inputs extends string = string> = (
  inputs: Record<Inputs, TensorInfo>,
  backend: NativeBackend,
  attrs: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Registers a kernel for tfjs-node's backend. */
export function registerNativeKernel<Inputs extends string>(
  kernelName: string,
  kernel: NativeKernel<Inputs>,
): void {
  registerKernel({
    kernelName,
    backendName: nativeBackendName,
    kernelFunc: ({ inputs, backend, attrs = {} }) =>
      kernel(inputs as Record<Inputs, TensorInfo>, backend as NativeBackend, attrs),
  });
}

type KernelCall = {
  inputs: NamedTensorInfoMap;
  backend: NativeBackend;
  attrs: NamedAttrMap;
};

const replaced = new Set<string>();

/**
 * Replaces a kernel of tfjs-node's, once however often it is called.
 *
 * @param make makes the new kernel of the old one
 * @returns whether it is the first call
 */
export function replaceNativeKernel(
  kernelName: string,
  make: (
    original: (call: KernelCall) => TensorInfo | TensorInfo[],
  ) => (call: KernelCall) => TensorInfo | TensorInfo[],
): boolean {
  if (replaced.has(kernelName)) return false;
  replaced.add(kernelName);
  const { kernelFunc, ...config } = getKernel(kernelName, nativeBackendName);
  const kernel = make(kernelFunc as unknown as (call: KernelCall) => TensorInfo | TensorInfo[]);
  unregisterKernel(kernelName, nativeBackendName);
  registerKernel({ ...config, kernelFunc: kernel as unknown as KernelFunc });
  return true;
}

export const typeAttribute = (backend: NativeBackend, name: string, dtype: DataType): OpAttribute => ({
  name,
  type: backend.binding.TF_ATTR_TYPE,
  value: backend.getDTypeInteger(dtype),
});

export const boolAttribute = (backend: NativeBackend, name: string, value: boolean): OpAttribute => ({
  name,
  type: backend.binding.TF_ATTR_BOOL,
  value,
});

export const intAttribute = (backend: NativeBackend, name: string, value: number): OpAttribute => ({
  name,
  type: backend.binding.TF_ATTR_INT,
  value,
});

export const floatAttribute = (backend: NativeBackend, name: string, value: number): OpAttribute => ({
  name,
  type: backend.binding.TF_ATTR_FLOAT,
  value,
});
