import {
  type DataId,
  type DataType,
  type NamedAttrMap,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** The name under which @tensorflow/tfjs-node registers its backend. */
const nativeBackendName = 'tensorflow';

/** Attribute of a TensorFlow op, as the binding takes it. */
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The parts of tfjs-node's backend that kernels use. */
export interface NativeBackend {
  readonly binding: {
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_INT64: number;
    createTensor(shape: number[], dtype: number, values: ArrayBufferView): number;
    deleteTensor(id: number): void;
    executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): unknown[];
  };
  incRef(dataId: DataId): void;
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
