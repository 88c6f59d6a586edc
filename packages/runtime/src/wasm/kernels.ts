import {
  Conv2DBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  getKernel,
  UnsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import { type HostKernel, registerHostKernel } from '../kernels/host/host_kernel.js';
import {
  conv2dBackpropFilter,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
} from './convolution_gradients.js';
import { unsortedSegmentSum } from './unsorted_segment_sum.js';

const kernels: Record<string, HostKernel> = {
  [UnsortedSegmentSum]: unsortedSegmentSum,
  [Conv2DBackpropFilter]: conv2dBackpropFilter,
  [DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
};

/**
 * Gives the WASM backend the kernels that gradients need and @tensorflow/tfjs-backend-wasm lacks: segment sums, for
 * embeddings, and those of convolutions. Calling it again changes nothing.
 */
export function registerWasmKernels(): void {
  for (const [name, kernel] of Object.entries(kernels)) {
    if (!getKernel(name, 'wasm')) registerHostKernel(name, kernel, ['wasm']);
  }
}
