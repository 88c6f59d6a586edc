import {
  Cast,
  ClipByValue,
  Conv2DBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  GatherV2,
  getKernel,
  type KernelConfig,
  MaxPoolGrad,
  type NamedAttrMap,
  Reverse,
  registerKernel,
  Select,
  StridedSlice,
  Sum,
  type TensorInfo,
  UnsortedSegmentSum,
  unregisterKernel,
  util,
} from '@tensorflow/tfjs-core';
import { type HostKernel, hostKernelFunc } from '../kernels/host/host_kernel.js';
import { castToBool, clipIntegers, reverseBool, selectBool } from './bool_and_int.js';
import {
  conv2dBackpropFilter,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
} from './convolution_gradients.js';
import { emptyGather, emptySum } from './empty_tensors.js';
import { maxPoolGrad } from './max_pool_grad.js';
import { stridedSlice } from './strided_slice.js';
import { unsortedSegmentSum } from './unsorted_segment_sum.js';

type Inputs = Record<string, TensorInfo>;

/** A kernel of ours and, where @tensorflow/tfjs-backend-wasm 4.22 has one, the inputs for which that one is wrong. */
interface WasmKernel {
  readonly kernel: HostKernel;
  /** Default: all. */
  readonly appliesTo?: (inputs: Inputs, attrs: NamedAttrMap) => boolean;
}

const isEmpty = (tensor: TensorInfo) => util.sizeFromShape(tensor.shape) === 0;

const kernels: Record<string, WasmKernel> = {
  // Missing.
  [UnsortedSegmentSum]: { kernel: unsortedSegmentSum },
  [Conv2DBackpropFilter]: { kernel: conv2dBackpropFilter },
  [DepthwiseConv2dNativeBackpropFilter]: { kernel: depthwiseBackpropFilter },
  [DepthwiseConv2dNativeBackpropInput]: { kernel: depthwiseBackpropInput },
  // Wrong for windows of less than 3 × 3.
  [MaxPoolGrad]: { kernel: maxPoolGrad },
  // Truncates to a byte, so that 0.5 and 256 are false and 2 is not 1.
  [Cast]: { kernel: castToBool, appliesTo: (_, { dtype }) => dtype === 'bool' },
  // Takes the bits of an integer for those of a float.
  [ClipByValue]: { kernel: clipIntegers, appliesTo: ({ x }) => x!.dtype === 'int32' },
  // Gives floats made of the bits of an integer, and four bytes for a bool.
  [StridedSlice]: { kernel: stridedSlice, appliesTo: ({ x }) => x!.dtype !== 'float32' },
  // Write outside of a bool's bytes.
  [Select]: { kernel: selectBool, appliesTo: ({ t }) => t!.dtype === 'bool' },
  [Reverse]: { kernel: reverseBool, appliesTo: ({ x }) => x!.dtype === 'bool' },
  // Leaves its result as memory happened to be.
  [Sum]: { kernel: emptySum, appliesTo: ({ x }) => isEmpty(x!) },
  // Gives the wrong shape.
  [GatherV2]: { kernel: emptyGather, appliesTo: ({ indices }) => isEmpty(indices!) },
};

const registered = new WeakSet<KernelConfig>();

/**
 * Gives the WASM backend the kernels that gradients need and @tensorflow/tfjs-backend-wasm lacks (segment sums, for
 * embeddings, and those of convolutions), and right ones for what it computes wrongly. Call it after importing that
 * package; calling it again changes nothing.
 */
export function registerWasmKernels(): void {
  for (const [kernelName, { kernel, appliesTo }] of Object.entries(kernels)) {
    const upstream = getKernel(kernelName, 'wasm');
    if (upstream && registered.has(upstream)) continue;
    const own = hostKernelFunc('wasm', kernel);
    const config: KernelConfig = {
      ...upstream,
      kernelName,
      backendName: 'wasm',
      kernelFunc: (call) =>
        !upstream || !appliesTo || appliesTo(call.inputs as Inputs, call.attrs ?? {})
          ? own(call)
          : upstream.kernelFunc(call),
    };
    if (upstream) unregisterKernel(kernelName, 'wasm');
    registerKernel(config);
    registered.add(config);
  }
}
