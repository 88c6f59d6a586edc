import { backend_util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';
import { forEachTap } from './convolution.js';

/** Gradient of a maximum over windows: each goes to the first of the largest inputs of its window. */
export const maxPoolGrad: HostKernel<'dy' | 'input'> = ({ dy, input }, attrs) => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const info = backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    filterSize as [number, number],
    strides as [number, number],
    1,
    pad as 'same',
    dimRoundingMode as 'floor',
  );
  const channels = info.inChannels;
  const winners = new Int32Array(dy.values.length).fill(-1);
  forEachTap(info, (inputPixel, outputPixel) => {
    for (let channel = 0; channel < channels; channel++) {
      const candidate = inputPixel * channels + channel;
      const output = outputPixel * channels + channel;
      const best = winners[output]!;
      if (best < 0 || input.values[candidate]! > input.values[best]!) winners[output] = candidate;
    }
  });
  const dx = new Float32Array(input.values.length);
  for (let output = 0; output < winners.length; output++) {
    const winner = winners[output]!;
    if (winner >= 0) dx[winner]! += dy.values[output]!;
  }
  return { shape: input.shape, dtype: 'float32', values: dx };
};
