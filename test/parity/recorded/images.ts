import {
  avgPool,
  avgPool3d,
  batchNorm,
  conv1d,
  conv2d,
  conv2dTranspose,
  conv3d,
  conv3dTranspose,
  depthwiseConv2d,
  dilation2d,
  fused,
  grad,
  grads,
  image,
  localResponseNormalization,
  maxPool,
  maxPool3d,
  type Tensor4D,
  type Tensor5D,
} from '@tensorflow/tfjs-core';
import { distinct, float, int, type KernelCase, type KernelCases, kernelCase } from './kernel_case.js';

/** TensorFlow's threads share out the sums of a convolution as they like. */
const sums = { tolerance: 1e-6 };
const withoutGradient = { ...sums, gradient: false };

/** Strides, paddings and dilations of a convolution. */
const windows = [
  { strides: 1, pad: 'valid', dilations: 1 },
  { strides: 2, pad: 'same', dilations: 1 },
  { strides: [1, 2], pad: 'same', dilations: 1 },
  { strides: 1, pad: 'valid', dilations: 2 },
] as const;
type Window = (typeof windows)[number];
const nameOf = ({ strides, pad, dilations }: Window) => `strides ${strides}, ${pad}, dilations ${dilations}`;
const overWindows = (
  make: (window: Window & { strides: number | [number, number] }) => KernelCase,
  only: readonly Window[] = windows,
) => only.map((window) => make(window as Parameters<typeof make>[0]));
const undilated = windows.filter(({ dilations }) => dilations === 1);

const picture = float([2, 6, 5, 3]);
// The largest of a window is one number, on every kernel.
const pooled = distinct([2, 6, 5, 3]);
const volume = distinct([1, 4, 5, 4, 2]);
const filter = float([3, 2, 3, 4]);
const depthwiseFilter = float([3, 2, 3, 2]);

const pooling = (pool: typeof avgPool) =>
  overWindows(
    (window) =>
      kernelCase(nameOf(window), [pooled], (x) => pool(x, [2, 3], window.strides, window.pad), sums),
    undilated,
  );
const poolingGradient = (pool: typeof avgPool) =>
  [2, 3].flatMap((size) =>
    (['valid', 'same'] as const).map((pad) =>
      kernelCase(
        `${pad}, ${size} wide`,
        [pooled, float([2, size === 3 && pad === 'valid' ? 2 : 3, pad === 'same' ? 3 : 2, 3])],
        (x, dy) => grad((input) => pool(input as Tensor4D, size, 2, pad))(x, dy),
        sums,
      ),
    ),
  );
const pooling3d = (pool: typeof avgPool3d) =>
  (['valid', 'same'] as const).map((pad) =>
    kernelCase(pad, [volume], (x) => pool(x, 2, [1, 2, 1], pad), sums),
  );
const pooling3dGradient = (pool: typeof avgPool3d) => [
  kernelCase(
    'valid',
    [volume, float([1, 3, 2, 3, 2])],
    (x, dy) => grad((input) => pool(input as Tensor5D, 2, [1, 2, 1], 'valid'))(x, dy),
    sums,
  ),
  kernelCase(
    'same',
    [volume, float([1, 4, 3, 4, 2])],
    (x, dy) => grad((input) => pool(input as Tensor5D, 3, [1, 2, 1], 'same'))(x, dy),
    sums,
  ),
];

const resized = (resize: typeof image.resizeBilinear) => [
  kernelCase('larger', [picture], (x) => resize(x, [9, 7]), sums),
  kernelCase('smaller, corners aligned', [picture], (x) => resize(x, [3, 4], true), sums),
  kernelCase('from pixel centers', [picture], (x) => resize(x, [3, 4], false, true), withoutGradient),
  kernelCase('integers', [int([1, 3, 3, 1])], (x) => resize(x, [4, 4]), withoutGradient),
];
const resizedGradient = (resize: typeof image.resizeBilinear) =>
  [false, true].map((aligned) =>
    kernelCase(
      `corners aligned: ${aligned}`,
      [picture, float([2, 3, 4, 3])],
      (x, dy) => grad((input) => resize(input as Tensor4D, [3, 4], aligned))(x, dy),
      sums,
    ),
  );

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
const fusedCases = (
  conv: typeof fused.conv2d | typeof fused.depthwiseConv2d,
  weights: typeof filter,
  channels: number,
) =>
  activations.map((activation) =>
    kernelCase(
      activation,
      [picture, weights, float([channels]), float([channels])],
      (x, w, bias, alpha) =>
        conv({
          x,
          filter: w,
          strides: 1,
          pad: 'same',
          bias,
          activation,
          preluActivationWeights: activation === 'prelu' ? alpha : undefined,
          leakyreluAlpha: 0.3,
        }),
      withoutGradient,
    ),
  );

/** The gradient for one of the two inputs. */
const depthwiseGradient = (of: 0 | 1) =>
  kernelCase(
    'same',
    [picture, depthwiseFilter],
    (x, w) => grads((...xs) => depthwiseConv2d(xs[0] as Tensor4D, xs[1] as Tensor4D, 2, 'same'))([x, w])[of]!,
    sums,
  );
const dilationGradients = (of: 0 | 1) =>
  overWindows((window) =>
    kernelCase(
      nameOf(window),
      [picture, float([2, 3, 3])],
      (x, w) =>
        grads((...xs) =>
          dilation2d(xs[0] as Tensor4D, xs[1] as never, window.strides, window.pad, window.dilations),
        )([x, w])[of]!,
      sums,
    ),
  );

const boxes = float([4, 4], [0, 2]);

export const images: KernelCases = {
  AvgPool: pooling(avgPool),
  AvgPoolGrad: poolingGradient(avgPool),
  AvgPool3D: pooling3d(avgPool3d),
  AvgPool3DGrad: pooling3dGradient(avgPool3d),
  Conv2D: [
    ...overWindows((window) =>
      kernelCase(
        nameOf(window),
        [picture, filter],
        (x, w) => conv2d(x, w, window.strides, window.pad, 'NHWC', window.dilations),
        { ...sums, gradient: window.dilations === 1 },
      ),
    ),
    kernelCase(
      'explicit padding',
      [picture, filter],
      (x, w) =>
        conv2d(x, w, 1, [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ]),
      withoutGradient,
    ),
    kernelCase('one axis', [float([2, 7, 3]), float([3, 3, 4])], (x, w) => conv1d(x, w, 2, 'same'), sums),
  ],
  Conv2DBackpropFilter: overWindows(
    (window) =>
      kernelCase(
        nameOf(window),
        [picture, filter],
        (x, w) =>
          grads((...xs) => conv2d(xs[0] as Tensor4D, xs[1] as Tensor4D, window.strides, window.pad))([
            x,
            w,
          ])[1]!,
        sums,
      ),
    undilated,
  ),
  Conv2DBackpropInput: (['valid', 'same'] as const).map((pad) =>
    kernelCase(
      `transposed, ${pad}`,
      [float([2, 3, 3, 4]), filter],
      (x, w) => conv2dTranspose(x, w, pad === 'same' ? [2, 6, 6, 3] : [2, 7, 6, 3], 2, pad),
      sums,
    ),
  ),
  Conv3D: (['valid', 'same'] as const).map((pad) =>
    kernelCase(pad, [volume, float([2, 2, 2, 2, 3])], (x, w) => conv3d(x, w, [1, 2, 1], pad), sums),
  ),
  Conv3DBackpropFilterV2: [
    kernelCase(
      'valid',
      [volume, float([2, 2, 2, 2, 3])],
      (x, w) => grads((...xs) => conv3d(xs[0] as Tensor5D, xs[1] as Tensor5D, 1, 'valid'))([x, w])[1]!,
      sums,
    ),
  ],
  Conv3DBackpropInputV2: [2, 3].map((size) =>
    kernelCase(
      `transposed, ${size} wide`,
      [float([1, 2, 2, 2, 3]), float([size, size, size, 2, 3])],
      (x, w) => conv3dTranspose(x, w, [1, 4, 4, 4, 2], 2, 'same'),
      sums,
    ),
  ),
  CropAndResize: (['bilinear', 'nearest'] as const).map((method) =>
    kernelCase(
      method,
      [picture, float([3, 4], [-0.2, 1.2]), int([3], [0, 2])],
      (x, crops, which) => image.cropAndResize(x, crops, which, [3, 4], method, 0.5),
      sums,
    ),
  ),
  DepthwiseConv2dNative: overWindows(
    (window) =>
      kernelCase(
        nameOf(window),
        [picture, depthwiseFilter],
        (x, w) => depthwiseConv2d(x, w, window.strides, window.pad, 'NHWC', window.dilations),
        sums,
      ),
    undilated.filter(({ strides }) => typeof strides === 'number'),
  ),
  DepthwiseConv2dNativeBackpropFilter: [depthwiseGradient(1)],
  DepthwiseConv2dNativeBackpropInput: [depthwiseGradient(0)],
  Dilation2D: overWindows((window) =>
    kernelCase(
      nameOf(window),
      [picture, float([2, 3, 3])],
      (x, w) => dilation2d(x, w, window.strides, window.pad, window.dilations),
      sums,
    ),
  ),
  Dilation2DBackpropFilter: dilationGradients(1),
  Dilation2DBackpropInput: dilationGradients(0),
  FlipLeftRight: [kernelCase('floats', [picture], (x) => image.flipLeftRight(x))],
  FusedBatchNorm: [
    kernelCase(
      'for each channel',
      [picture, float([3]), float([3], [0.1, 2]), float([3]), float([3])],
      (x, mean, variance, offset, scale) => batchNorm(x, mean, variance, offset, scale, 0.01),
      sums,
    ),
    kernelCase(
      'without offset and scale',
      [picture, float([3]), float([3], [0.1, 2])],
      (x, mean, variance) => batchNorm(x, mean, variance),
      withoutGradient,
    ),
    kernelCase(
      'for each pixel',
      [float([2, 3]), float([2, 3]), float([2, 3], [0.1, 2]), float([2, 3])],
      (x, mean, variance, offset) => batchNorm(x, mean, variance, offset),
      withoutGradient,
    ),
  ],
  FusedConv2D: fusedCases(fused.conv2d, filter, 4),
  FusedDepthwiseConv2D: fusedCases(fused.depthwiseConv2d, depthwiseFilter, 6),
  LRN: [kernelCase('channels', [picture], (x) => localResponseNormalization(x, 1, 0.5, 2, 0.7), sums)],
  LRNGrad: [
    kernelCase(
      'channels',
      [picture, picture],
      (x, dy) => grad((input) => localResponseNormalization(input as Tensor4D, 1, 0.5, 2, 0.7))(x, dy),
      sums,
    ),
  ],
  MaxPool: pooling(maxPool),
  MaxPoolGrad: poolingGradient(maxPool),
  MaxPool3D: pooling3d(maxPool3d),
  MaxPool3DGrad: pooling3dGradient(maxPool3d),
  NonMaxSuppressionV4: [
    kernelCase('padded', [boxes, float([4], [0, 1])], (x, scores) =>
      Object.values(image.nonMaxSuppressionPadded(x, scores, 3, 0.4, 0.1, true)),
    ),
  ],
  ResizeBilinear: resized(image.resizeBilinear),
  ResizeBilinearGrad: resizedGradient(image.resizeBilinear),
  ResizeNearestNeighbor: resized(image.resizeNearestNeighbor),
  ResizeNearestNeighborGrad: resizedGradient(image.resizeNearestNeighbor),
};
