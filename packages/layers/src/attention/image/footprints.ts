import { concat, pad, reshape, slice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';

/**
 * What stands around each pixel, row by row from above: (B, H, W, C) → (B·H·W, K², C), zeros outside the image.
 *
 * @param kernelSize K, odd
 * @param dilation distance of neighbouring places
 */
export function footprints(image: Tensor, kernelSize: number, dilation: number): Tensor {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const reach = (dilation * (kernelSize - 1)) / 2;
  const sides: [number, number] = [reach, reach];
  const padded = pad(image as Tensor4D, [[0, 0], sides, sides, [0, 0]]);
  const places = Array.from({ length: kernelSize ** 2 }, (_, place) => {
    const [down, right] = [Math.floor(place / kernelSize), place % kernelSize];
    return slice(padded, [0, dilation * down, dilation * right, 0], [batch, height, width, channels]);
  });
  return reshape(concat(places, -1), [-1, kernelSize ** 2, channels]);
}
