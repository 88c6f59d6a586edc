import {
  type DataType,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';

/** A tensor whose values JavaScript can read: plain memory, or a view of WebAssembly's. */
export interface HostTensor {
  readonly shape: number[];
  readonly dtype: DataType;
  readonly values: TypedArray;
}

/** A kernel over typed arrays. It must not write to its inputs, nor keep them: they may be views. */
export type HostKernel<Inputs extends string = string> = (
  inputs: Record<Inputs, HostTensor>,
  attrs: NamedAttrMap,
) => HostTensor | HostTensor[];

interface CpuBackend {
  readSync(dataId: object): TypedArray;
  makeTensorInfo(shape: number[], dtype: DataType, values: TypedArray): TensorInfo;
}

interface WasmBackend {
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
  makeOutput(shape: number[], dtype: DataType, memoryOffset: null, values: TypedArray): TensorInfo;
}

const memory = {
  cpu: {
    read: (backend: unknown, tensor: TensorInfo) => (backend as CpuBackend).readSync(tensor.dataId),
    write: (backend: unknown, { shape, dtype, values }: HostTensor) =>
      (backend as CpuBackend).makeTensorInfo(shape, dtype, values),
  },
  wasm: {
    read: (backend: unknown, tensor: TensorInfo) => (backend as WasmBackend).typedArrayFromHeap(tensor),
    write: (backend: unknown, { shape, dtype, values }: HostTensor) =>
      (backend as WasmBackend).makeOutput(shape, dtype, null, values),
  },
};

/** Backends whose memory JavaScript sees. */
export type HostBackendName = keyof typeof memory;

/** A typed-array kernel in the form that tfjs calls. */
export function hostKernelFunc<Inputs extends string>(
  backendName: HostBackendName,
  kernel: HostKernel<Inputs>,
): KernelFunc {
  const { read, write } = memory[backendName];
  return ({ inputs, backend, attrs = {} }) => {
    const tensors: Partial<Record<string, HostTensor>> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      if (!tensor) continue;
      tensors[name] = { shape: tensor.shape, dtype: tensor.dtype, values: read(backend, tensor) };
    }
    const result = kernel(tensors as Record<Inputs, HostTensor>, attrs);
    // Written only now: an allocation may move WebAssembly's memory from under the views.
    return Array.isArray(result) ? result.map((output) => write(backend, output)) : write(backend, result);
  };
}

/** Registers one typed-array kernel for the pure JavaScript and the WASM backend. */
export function registerHostKernel<Inputs extends string>(
  kernelName: string,
  kernel: HostKernel<Inputs>,
): void {
  for (const backendName of ['cpu', 'wasm'] as const) {
    registerKernel({ kernelName, backendName, kernelFunc: hostKernelFunc(backendName, kernel) });
  }
}
