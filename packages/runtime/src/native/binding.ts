import { engine } from '@tensorflow/tfjs-core';

/** A device that TensorFlow sees. */
export interface NativeDevice {
  readonly name: string;
  readonly type: string;
  readonly memoryBytes: number;
}

/** An attribute of a TensorFlow op, as the binding takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A graph of the addon's. */
export type GraphHandle = { readonly graph: unique symbol };

/** An output of an operation in a graph; a size that is not known is −1, the shape null if its rank is not known. */
export interface GraphTensor {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[] | null;
}

/** What chui's addon has beside upstream's binding. */
export interface ChuiBinding {
  /** The number of threads asked for, or 0 for TensorFlow's own choice: one for each core. */
  readonly threads: number;
  /** Whether the processor has instructions for products of bfloat16. */
  readonly multipliesBfloat16: boolean;
  /** Whether the addon has products of matrices for the processor. */
  readonly multipliesMatrices: boolean;
  /** Whether these are by AVX-512: the processor has it, and ONEDNN_MAX_CPU_ISA does not rule it out. */
  readonly multipliesByAvx512: boolean;
  devices(): NativeDevice[];
  /** A serialized `tensorflow.KernelList`. */
  registeredKernels(op: string): Uint8Array;
  /** Loads a shared library and all that it needs, or throws the loader's message. */
  loadLibrary(path: string): void;
  /** Has TensorFlow load CUDA's libraries from where it would look for them. */
  openCudaLibraries(): void;
  /** Sees to it that these tensors on the CPU each have a buffer that nothing else has: what is shared is copied. */
  own(ids: readonly number[]): void;
  newGraph(): GraphHandle;
  /** Frees it; without, it is freed when the garbage is collected, between two turns of the event loop. */
  deleteGraph(graph: GraphHandle): void;
  /** A serialized `tensorflow.OpDef`. */
  opDef(graph: GraphHandle, op: string): Uint8Array;
  /** An input that is a list of tensors is an array. */
  addOperation(
    graph: GraphHandle,
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly (number | readonly number[])[],
  ): GraphTensor[];
  addConstant(
    graph: GraphHandle,
    dtype: number,
    shape: readonly number[],
    values: ArrayBufferView,
  ): [GraphTensor];
  /** Makes a function of the operations that `body` names by an output of each. */
  addFunction(
    graph: GraphHandle,
    name: string,
    body: readonly number[],
    inputs: readonly number[],
    outputs: readonly number[],
  ): void;
  removeFunction(name: string): void;
}

/** The binding of @tensorflow/tfjs-node as far as chui calls it. */
export interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
  /** Absent from upstream's own binary. */
  readonly chui?: ChuiBinding;
}

/** The binding of the native backend, once that is loaded. */
export function nativeBinding(): NativeBinding | undefined {
  return (engine().findBackend('tensorflow') as { binding?: NativeBinding } | null)?.binding;
}
