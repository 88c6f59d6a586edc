import { embeddingLookup } from '@chui/runtime';
import {
  batchToSpaceND,
  broadcastArgs,
  concat,
  depthToSpace,
  diag,
  expandDims,
  fill,
  gather,
  gatherND,
  linspace,
  mirrorPad,
  oneHot,
  pad,
  range,
  reshape,
  reverse,
  scatterND,
  slice,
  spaceToBatchND,
  sparseToDense,
  split,
  squeeze,
  stack,
  stridedSlice,
  string,
  type Tensor,
  tensor1d,
  tensorScatterUpdate,
  tile,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import {
  bool,
  type Draw,
  float,
  int,
  type KernelCase,
  type KernelCases,
  kernelCase,
  oneOf,
  runKernel,
  text,
} from './kernel_case.js';

/** Cases of a function that moves values only. */
const each = (fn: (x: Tensor) => Tensor | Tensor[], shape: readonly number[], name = ''): KernelCase[] =>
  Object.entries({ floats: float(shape), integers: int(shape), truths: bool(shape) } as Record<
    string,
    Draw
  >).map(([what, draw]) => kernelCase(`${what}${name && `, ${name}`}`, [draw], fn));

export const shapes: KernelCases = {
  BatchToSpaceND: [
    kernelCase('blocks', [float([4, 2, 2, 1])], (x) =>
      batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ),
    kernelCase('blocks, cropped', [int([6, 3, 2])], (x) => batchToSpaceND(x, [3], [[1, 2]])),
  ],
  BroadcastArgs: [
    kernelCase('shapes', [oneOf([3], [2, 1, 3], [1, 4, 3]), oneOf([2], [5, 1], [1, 1])], (a, b) =>
      broadcastArgs(a, b),
    ),
  ],
  Concat: [
    ...[0, 1, -1].map((axis) =>
      kernelCase(`axis ${axis}`, [float([2, 2, 2]), float([2, 2, 2]), float([2, 2, 2])], (...all) =>
        concat(all, axis),
      ),
    ),
    kernelCase('unequal', [int([2, 1]), int([2, 3])], (...all) => concat(all, 1)),
    kernelCase('with nothing', [float([2, 0]), float([2, 3])], (...all) => concat(all, 1)),
    kernelCase('truths', [bool([2]), bool([3])], (...all) => concat(all)),
  ],
  DepthToSpace: [kernelCase('blocks', [float([1, 2, 2, 8])], (x) => depthToSpace(x, 2))],
  Diag: [
    kernelCase('a vector', [float([3])], (x) => diag(x)),
    kernelCase('a matrix', [int([2, 3])], (x) => diag(x)),
  ],
  EmbeddingLookup: [
    kernelCase('rows', [float([5, 3]), int([2, 4], [0, 5])], (table, ids) => embeddingLookup(table, ids)),
  ],
  EmbeddingLookupGrad: [
    kernelCase('rows', [float([4, 3]), oneOf([4], [0, 2, 2, 4], [1, 1, 3, 1])], (dy, ids) =>
      runKernel('EmbeddingLookupGrad', { dy, ids }, { rows: 5 }),
    ),
  ],
  ExpandDims: [0, 1, -1].flatMap((axis) => each((x) => expandDims(x, axis), [2, 3], `axis ${axis}`)),
  Fill: [
    kernelCase('floats', [float([2])], (x) => [x, fill([2, 3], 1.5)]),
    kernelCase('integers', [float([2])], (x) => [x, fill([2, 3], 7, 'int32')]),
    kernelCase('truths', [float([2])], (x) => [x, fill([3], 1, 'bool')]),
    kernelCase('texts', [float([2])], (x) => [x, fill([3], 'a text')]),
  ],
  GatherNd: [
    kernelCase('elements', [float([3, 4]), int([5, 2], [0, 3])], (x, indices) => gatherND(x, indices)),
    kernelCase('rows', [int([3, 4]), int([5, 1], [0, 3])], (x, indices) => gatherND(x, indices)),
  ],
  GatherV2: [
    ...[0, 1, -1].map((axis) =>
      kernelCase(`axis ${axis}`, [float([3, 4]), int([2, 3], [0, 3])], (x, indices) =>
        gather(x, indices, axis),
      ),
    ),
    kernelCase('batches', [int([2, 4, 2]), int([2, 3], [0, 4])], (x, indices) => gather(x, indices, 1, 1)),
  ],
  LinSpace: [kernelCase('numbers', [float([2])], (x) => [x, linspace(-1, 3, 5)])],
  MirrorPad: (['reflect', 'symmetric'] as const).flatMap((mode) => [
    kernelCase(mode, [float([3, 4])], (x) =>
      mirrorPad(
        x,
        [
          [1, 2],
          [0, 1],
        ],
        mode,
      ),
    ),
    kernelCase(`${mode}, integers`, [int([3])], (x) => mirrorPad(x, [[2, 1]], mode)),
  ]),
  OneHot: [
    kernelCase('a vector', [int([4], [-1, 4])], (x) => oneHot(x, 3)),
    kernelCase('a matrix, other values', [int([2, 3], [0, 4])], (x) => oneHot(x, 4, 5, -1)),
    kernelCase('floats', [int([3], [0, 4])], (x) => oneHot(x, 4, 0.9, 0.1, 'float32')),
    kernelCase('truths', [int([3], [0, 4])], (x) => oneHot(x, 4, 1, 0, 'bool')),
  ],
  Pack: [0, 1, -1].flatMap((axis) => [
    kernelCase(`axis ${axis}`, [float([2, 3]), float([2, 3])], (...all) => stack(all, axis)),
    kernelCase(`axis ${axis}, truths`, [bool([2, 3]), bool([2, 3])], (...all) => stack(all, axis)),
  ]),
  PadV2: [
    ...each(
      (x) =>
        pad(x, [
          [1, 2],
          [0, 1],
        ]),
      [2, 3],
    ),
    kernelCase('with another value', [float([3])], (x) => pad(x, [[0, 2]], -1)),
  ],
  Range: [
    kernelCase('floats', [float([2])], (x) => [x, range(0, 2, 0.5)]),
    kernelCase('integers', [float([2])], (x) => [x, range(1, 9, 3, 'int32')]),
    kernelCase('downwards', [float([2])], (x) => [x, range(5, 1, -1, 'int32')]),
    kernelCase('nothing', [float([2])], (x) => [x, range(2, 2, 1, 'int32')]),
  ],
  Reshape: [
    ...each((x) => reshape(x, [3, 4]), [2, 6]),
    kernelCase('a size that follows', [float([2, 6])], (x) => reshape(x, [-1, 3])),
    kernelCase('the same shape', [float([2, 6])], (x) => reshape(x, [2, 6])),
    kernelCase('nothing', [float([0, 3])], (x) => reshape(x, [3, 0]), { gradient: false }),
    kernelCase('a scalar', [float([1, 1])], (x) => squeeze(x)),
  ],
  Reverse: [0, -1, [0, 2]].flatMap((axis) => each((x) => reverse(x, axis), [2, 2, 3], `axis ${axis}`)),
  ScatterNd: [
    kernelCase(
      'elements, some twice',
      [oneOf([3, 1], [4, 1, 1], [0, 3, 2]), float([3])],
      (indices, updates) => scatterND(indices, updates, [6]),
    ),
    kernelCase('rows', [oneOf([2, 1], [2, 0], [0, 1]), int([2, 3])], (indices, updates) =>
      scatterND(indices, updates, [3, 3]),
    ),
  ],
  Slice: [
    ...each((x) => slice(x, [0, 1], [2, 2]), [3, 4]),
    kernelCase('to the end', [float([3, 4, 2])], (x) => slice(x, [1, 0, 1], [-1, 2, -1])),
    kernelCase('nothing', [float([3])], (x) => slice(x, [1], [0]), { gradient: false }),
  ],
  SpaceToBatchND: [
    kernelCase('blocks', [float([1, 4, 4, 1])], (x) =>
      spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ),
    kernelCase('blocks, padded', [int([2, 3, 2])], (x) => spaceToBatchND(x, [3], [[1, 2]])),
  ],
  SparseToDense: [
    kernelCase('a vector', [oneOf([3], [0, 2, 4], [1, 3, 4]), float([3])], (indices, values) =>
      sparseToDense(indices, values, [5]),
    ),
    kernelCase(
      'a matrix, another value',
      [oneOf([2, 2], [0, 1, 2, 0], [1, 1, 2, 2]), int([2]), int([])],
      (indices, values, other) => sparseToDense(indices, values, [3, 3], other),
    ),
  ],
  SplitV: [
    ...each((x) => split(x, 2, 1), [2, 4], 'halves'),
    kernelCase('unequal', [float([5, 2])], (x) => split(x, [1, 3, 1])),
    kernelCase('from the end', [float([2, 6])], (x) => split(x, 3, -1)),
    kernelCase('a size that follows', [float([2, 6])], (x) => split(x, [1, -1], 1)),
  ],
  StaticRegexReplace: [
    kernelCase('texts', [text([2, 3])], (x) => string.staticRegexReplace(x, '[0-9]', '#')),
    kernelCase('one of each, and a constant', [text([2])], (x) => [
      string.staticRegexReplace(x, '[0-9]', '#', false),
      string.staticRegexReplace(fill([2], 'cab'), 'a', ''),
      x,
    ]),
  ],
  StridedSlice: [
    ...each((x) => stridedSlice(x, [0, 1], [3, 4], [2, 2]), [3, 4]),
    kernelCase('backwards', [float([5])], (x) => stridedSlice(x, [4], [0], [-2])),
    kernelCase('masks', [float([3, 4, 2])], (x) =>
      stridedSlice(x, [1, 1, 1], [2, 3, 2], [1, 1, 1], 1, 2, 0, 0, 4),
    ),
    kernelCase('ellipsis, a new axis', [int([3, 4])], (x) =>
      stridedSlice(x, [0, 0, 1], [0, 0, 3], [1, 1, 1], 0, 0, 1, 2),
    ),
  ],
  TensorScatterUpdate: [
    kernelCase('rows', [float([4, 2]), oneOf([2, 1], [2, 0], [0, 1]), float([2, 2])], (x, indices, updates) =>
      tensorScatterUpdate(x, indices, updates),
    ),
  ],
  Tile: [
    ...each((x) => tile(x, [2, 3]), [2, 2]),
    kernelCase('once', [float([2, 2])], (x) => tile(x, [1, 1])),
  ],
  Transpose: [
    ...each((x) => transpose(x), [2, 3]),
    kernelCase('permuted', [float([2, 3, 4])], (x) => transpose(x, [1, 2, 0])),
  ],
  Unpack: [
    ...[0, 1, -1].map((axis) => kernelCase(`axis ${axis}`, [float([2, 3])], (x) => unstack(x, axis))),
    kernelCase('truths', [bool([2, 3])], (x) => unstack(x)),
    kernelCase('of a constant', [float([1])], (x) => [x, ...unstack(tensor1d([1, 2, 3]))]),
  ],
};
