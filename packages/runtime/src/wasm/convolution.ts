import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';

export type ConvolutionInfo = backend_util.Conv2DInfo;

/** Sizes of a convolution over x (B, height, width, channels) with a filter, as its kernel's attributes state it. */
export function convolutionInfo(
  xShape: number[],
  filterShape: number[],
  attrs: NamedAttrMap,
  depthwise: boolean,
): ConvolutionInfo {
  const { strides, pad, dilations = 1, dimRoundingMode, dataFormat = 'NHWC' } = attrs;
  if (dataFormat !== 'NHWC') throw new RangeError(`dataFormat must be NHWC on WASM, but is ${dataFormat}`);
  return backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides as [number, number],
    dilations as number | [number, number],
    pad as 'same',
    dimRoundingMode as 'floor',
    depthwise,
  );
}

/**
 * Calls `visit` for every pair of an input and an output pixel that one tap of the filter joins, taps outermost. The
 * numbers are those of the pixels and of the tap, counted row by row: times the channels, they are offsets.
 */
export function forEachTap(
  info: ConvolutionInfo,
  visit: (inputPixel: number, outputPixel: number, tap: number) => void,
): void {
  const { top, left } = info.padInfo;
  for (let tapRow = 0; tapRow < info.filterHeight; tapRow++) {
    for (let tapColumn = 0; tapColumn < info.filterWidth; tapColumn++) {
      const tap = tapRow * info.filterWidth + tapColumn;
      for (let image = 0; image < info.batchSize; image++) {
        for (let outRow = 0; outRow < info.outHeight; outRow++) {
          const inRow = outRow * info.strideHeight + tapRow * info.dilationHeight - top;
          if (inRow < 0 || inRow >= info.inHeight) continue;
          for (let outColumn = 0; outColumn < info.outWidth; outColumn++) {
            const inColumn = outColumn * info.strideWidth + tapColumn * info.dilationWidth - left;
            if (inColumn < 0 || inColumn >= info.inWidth) continue;
            const inputPixel = (image * info.inHeight + inRow) * info.inWidth + inColumn;
            const outputPixel = (image * info.outHeight + outRow) * info.outWidth + outColumn;
            visit(inputPixel, outputPixel, tap);
          }
        }
      }
    }
  }
}
