import { engine } from '@tensorflow/tfjs-core';

/** A device that TensorFlow sees. */
export interface NativeDevice {
  readonly name: string;
  readonly type: string;
  readonly memoryBytes: number;
}

/** What chui's addon has beside upstream's binding. */
export interface ChuiBinding {
  /** The number of threads asked for, or 0 for TensorFlow's own choice: one for each core. */
  readonly threads: number;
  devices(): NativeDevice[];
  /** A serialized `tensorflow.KernelList`. */
  registeredKernels(op: string): Uint8Array;
  /** Loads a shared library and all that it needs, or throws the loader's message. */
  loadLibrary(path: string): void;
  /** Has TensorFlow load CUDA's libraries from where it would look for them. */
  openCudaLibraries(): void;
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
