import { cast, onesLike, reshape, Tensor, type Tensor2D, tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Ids, idTensor, maskTensor } from '../ids.js';
import type { TransformerEncoderInputs } from './transformer_encoder.js';

/** What the encoders read. */
export interface EncoderInputs {
  /** (B, T). */
  inputIds: Ids;
  /** (B, T), 1 at tokens and 0 at padding; all ones by default, as in Hugging Face's library. */
  attentionMask?: Ids | undefined;
  /** (B, T), the segment of each token, where the architecture has segments; zeros by default. */
  tokenTypeIds?: Ids | undefined;
  /** (B, T), where each token stands; from 0 on by default, in RoBERTa from padTokenId + 1 on. */
  positionIds?: Ids | undefined;
}

/** Limits of ids. */
export interface InputSizes {
  readonly vocabSize: number;
  readonly segments: number;
  readonly maxPositions: number;
}

/**
 * Inputs as tensors, checked where they are arrays.
 *
 * @throws RangeError naming the argument, the rule and the value.
 */
export function encoderTensors(
  { inputIds, attentionMask, tokenTypeIds, positionIds }: EncoderInputs,
  { vocabSize, segments, maxPositions }: InputSizes,
): TransformerEncoderInputs<Tensor> {
  const ids = idTensor('inputIds', inputIds, vocabSize);
  const mask = attentionMask ? maskTensor('attentionMask', attentionMask) : onesLike(ids);
  sameShape('attentionMask', mask, ids);
  const places = positionIds && idTensor('positionIds', positionIds, maxPositions);
  if (places) sameShape('positionIds', places, ids);
  // Models without segments leave them out, as tokenizers may give them all the same.
  if (segments === 0) {
    if (places) throw new RangeError('positionIds must be left out, as the architecture has no segments');
    return { inputIds: ids, attentionMask: mask };
  }
  const types = tokenTypeIds ? idTensor('tokenTypeIds', tokenTypeIds, segments) : zerosLike(ids);
  sameShape('tokenTypeIds', types, ids);
  return { inputIds: ids, attentionMask: mask, tokenTypeIds: types, positionIds: places };
}

function sameShape(name: string, given: Tensor2D, ids: Tensor2D): void {
  if (given.shape[0] !== ids.shape[0] || given.shape[1] !== ids.shape[1]) {
    throw new RangeError(`${name} must have inputIds' shape [${ids.shape}], but has [${given.shape}]`);
  }
}

/** Labels: a tensor, or numbers, rows of them … */
export type Labels = Tensor | readonly number[] | readonly (readonly number[])[];

/**
 * Class labels as an int32 tensor of a shape.
 *
 * @param classes how many classes there are; labels given as numbers must be below it
 * @param ignored a label that is left out of the loss
 * @throws RangeError naming the argument, the rule and the value.
 */
export function classLabels(
  name: string,
  labels: Labels,
  shape: readonly number[],
  { classes, ignored = -100 }: { classes: number; ignored?: number },
): Tensor {
  const given = labels instanceof Tensor ? labels : tensorOf(name, labels, 'int32');
  expectShape(name, given, shape);
  if (given.dtype !== 'int32' && given.dtype !== 'bool') {
    throw new RangeError(`${name} must be of type int32, but is ${given.dtype}`);
  }
  if (!(labels instanceof Tensor)) {
    for (const label of labels.flat()) {
      if (label === ignored || (Number.isInteger(label) && label >= 0 && label < classes)) continue;
      throw new RangeError(
        `${name} must be classes from 0 to ${classes - 1}, or ${ignored}, but has ${label}`,
      );
    }
  }
  return given;
}

/** Labels that are numbers, as a tensor of a shape. */
export function numberLabels(name: string, labels: Labels, shape: readonly number[]): Tensor {
  const given = labels instanceof Tensor ? labels : tensorOf(name, labels, 'float32');
  const same = given.size === shape.reduce((product, side) => product * side, 1);
  if (!same) expectShape(name, given, shape);
  return reshape(cast(given, 'float32'), [...shape]);
}

function tensorOf(name: string, labels: Exclude<Labels, Tensor>, dtype: 'int32' | 'float32'): Tensor {
  const length = Array.isArray(labels[0]) ? labels[0].length : undefined;
  for (const row of labels) {
    const found = Array.isArray(row) ? row.length : undefined;
    if (found !== length)
      throw new RangeError(`${name} must have rows of equal length, but has one of ${found}`);
  }
  for (const label of labels.flat()) {
    if (typeof label !== 'number' || Number.isNaN(label)) {
      throw new RangeError(`${name} must be numbers, but has ${label}`);
    }
  }
  const shape = length === undefined ? [labels.length] : [labels.length, length];
  return tensor(labels.flat(), shape, dtype);
}

function expectShape(name: string, given: Tensor, shape: readonly number[]): void {
  if (given.rank !== shape.length || given.shape.some((size, axis) => size !== shape[axis])) {
    throw new RangeError(`${name} must have the shape [${shape}], but has [${given.shape}]`);
  }
}
