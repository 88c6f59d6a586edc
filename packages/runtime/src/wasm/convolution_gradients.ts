import { util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';
import { convolutionInfo, forEachTap } from './convolution.js';

/** Gradient of a convolution with respect to its filter (height, width, input channels, output channels). */
export const conv2dBackpropFilter: HostKernel<'x' | 'dy'> = ({ x, dy }, attrs) => {
  const filterShape = attrs.filterShape as number[];
  const info = convolutionInfo(x.shape, filterShape, attrs, false);
  const { inChannels, outChannels } = info;
  const dFilter = new Float32Array(util.sizeFromShape(filterShape));
  forEachTap(info, (inputPixel, outputPixel, tap) => {
    const output = outputPixel * outChannels;
    for (let channel = 0; channel < inChannels; channel++) {
      const value = x.values[inputPixel * inChannels + channel]!;
      const filter = (tap * inChannels + channel) * outChannels;
      for (let out = 0; out < outChannels; out++) dFilter[filter + out]! += value * dy.values[output + out]!;
    }
  });
  return { shape: filterShape, dtype: 'float32', values: dFilter };
};

/** Gradient of a depthwise convolution with respect to its filter (height, width, channels, multiplier). */
export const depthwiseBackpropFilter: HostKernel<'x' | 'dy'> = ({ x, dy }, attrs) => {
  const filterShape = attrs.filterShape as number[];
  const info = convolutionInfo(x.shape, filterShape, attrs, true);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  const dFilter = new Float32Array(util.sizeFromShape(filterShape));
  forEachTap(info, (inputPixel, outputPixel, tap) => {
    for (let channel = 0, out = 0; channel < inChannels; channel++) {
      const value = x.values[inputPixel * inChannels + channel]!;
      for (let each = 0; each < multiplier; each++, out++) {
        dFilter[tap * outChannels + out]! += value * dy.values[outputPixel * outChannels + out]!;
      }
    }
  });
  return { shape: filterShape, dtype: 'float32', values: dFilter };
};

/** Gradient of a depthwise convolution with respect to its input. */
export const depthwiseBackpropInput: HostKernel<'dy' | 'filter'> = ({ dy, filter }, attrs) => {
  const inputShape = attrs.inputShape as number[];
  const info = convolutionInfo(inputShape, filter.shape, attrs, true);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  const dx = new Float32Array(util.sizeFromShape(inputShape));
  forEachTap(info, (inputPixel, outputPixel, tap) => {
    for (let channel = 0, out = 0; channel < inChannels; channel++) {
      let sum = 0;
      for (let each = 0; each < multiplier; each++, out++) {
        sum += filter.values[tap * outChannels + out]! * dy.values[outputPixel * outChannels + out]!;
      }
      dx[inputPixel * inChannels + channel]! += sum;
    }
  });
  return { shape: inputShape, dtype: 'float32', values: dx };
};
