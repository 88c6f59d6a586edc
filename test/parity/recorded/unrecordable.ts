import { createRequire } from 'node:module';
import {
  booleanMaskAsync,
  engine,
  image,
  inTopKAsync,
  print,
  setdiff1dAsync,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  unique,
  whereAsync,
} from '@tensorflow/tfjs-core';
import type { node } from '@tensorflow/tfjs-node';
import { bool, type Draw, float, int } from './kernel_case.js';

/** Something that cannot be recorded. */
export interface Unrecordable {
  /** As users call it. */
  readonly op: string;
  readonly why: string;
  /** The kernel that it runs, where it runs one. */
  readonly kernel?: string;
  /** What recording it throws, up to the line of the user's code. */
  readonly error: string;
  readonly inputs: readonly Draw[];
  readonly run: (...inputs: never[]) => unknown;
}

const dataDependent = (op: string) => ({
  why: 'the shape of its result depends on data',
  error: `${op} cannot be recorded: the shape of its result depends on data`,
});
const promised = {
  why: 'its result is a promise: it reads values back',
  error: 'a recorded function must not be asynchronous',
};
const reading = {
  why: 'it reads values back',
  error: 'a value must not be read while a function is recorded, but the function reads one',
};

/** What such a model runs on. */
interface SavedModels {
  runSavedModel(id: number, inputs: Tensor[], infos: { name: string }[], outputs: string[]): Tensor[];
}

const tfNode = () => createRequire(import.meta.url)('@tensorflow/tfjs-node').node as typeof node;
const boxes = [float([4, 4], [0, 2]), float([4], [0, 1])];
type Boxes = [Tensor2D, Tensor1D];

export const unrecordable: readonly Unrecordable[] = [
  {
    op: '`unique`',
    kernel: 'Unique',
    ...dataDependent('UniqueV2'),
    inputs: [int([5])],
    run: (x: Tensor) => Object.values(unique(x)),
  },
  {
    op: '`image.nonMaxSuppression`',
    kernel: 'NonMaxSuppressionV3',
    ...dataDependent('NonMaxSuppressionV3'),
    inputs: boxes,
    run: (...[x, scores]: Boxes) => image.nonMaxSuppression(x, scores, 3),
  },
  {
    op: '`image.nonMaxSuppressionPadded` without `padToMaxOutputSize`',
    kernel: 'NonMaxSuppressionV4',
    ...dataDependent('NonMaxSuppressionV4'),
    inputs: boxes,
    run: (...[x, scores]: Boxes) => Object.values(image.nonMaxSuppressionPadded(x, scores, 3)),
  },
  {
    op: '`image.nonMaxSuppressionWithScore`',
    kernel: 'NonMaxSuppressionV5',
    ...dataDependent('NonMaxSuppressionV5'),
    inputs: boxes,
    run: (...[x, scores]: Boxes) => Object.values(image.nonMaxSuppressionWithScore(x, scores, 3)),
  },
  { op: '`whereAsync`', ...promised, inputs: [bool([5])], run: (x: Tensor) => whereAsync(x) },
  {
    op: '`booleanMaskAsync`',
    ...promised,
    inputs: [float([5]), bool([5])],
    run: (x: Tensor, mask: Tensor) => booleanMaskAsync(x, mask),
  },
  {
    op: '`setdiff1dAsync`',
    ...promised,
    inputs: [int([5]), int([3])],
    run: (x: Tensor, y: Tensor) => setdiff1dAsync(x, y),
  },
  {
    op: '`inTopKAsync`',
    ...promised,
    inputs: [float([2, 5]), int([2], [0, 5])],
    run: (x: Tensor2D, targets: Tensor1D) => inTopKAsync(x, targets, 2),
  },
  {
    op: '`image.nonMaxSuppressionAsync` and its variants',
    ...promised,
    inputs: boxes,
    run: (...[x, scores]: Boxes) => image.nonMaxSuppressionAsync(x, scores, 3),
  },
  {
    op: '`dataSync`, `arraySync`, `bufferSync`, `print`',
    ...reading,
    inputs: [float([2])],
    run: (x: Tensor) => print(x),
  },
  { op: '`data`, `array`, `buffer`', ...promised, inputs: [float([2])], run: (x: Tensor) => x.data() },
  {
    op: '`node.decodeImage`, `decodePng`, `decodeJpeg`, `decodeBmp`, `decodeGif`',
    ...dataDependent('DecodePng'),
    inputs: [],
    run: () => tfNode().decodePng(new Uint8Array(8)),
  },
  {
    op: '`node.encodePng`, `encodeJpeg`',
    ...promised,
    inputs: [int([2, 2, 3], [0, 256])],
    run: (x: Tensor3D) => tfNode().encodePng(x),
  },
  {
    op: '`node.summaryFileWriter` and what it writes',
    why: 'it writes a file and has no result',
    error: 'CreateSummaryFileWriter cannot be recorded: it has an effect instead of a result',
    inputs: [],
    run: () => tfNode().summaryFileWriter('never made'),
  },
  {
    op: '`predict` of `node.loadSavedModel`',
    why: 'TensorFlow runs it in a session of its own',
    error: 'a SavedModel cannot be recorded',
    inputs: [float([2])],
    run: (x: Tensor) => {
      const backend = engine().findBackend('tensorflow') as unknown as SavedModels;
      return backend.runSavedModel(0, [x], [{ name: 'x' }], ['y']);
    },
  },
];
