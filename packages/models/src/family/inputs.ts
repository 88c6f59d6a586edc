import { Tensor, type Tensor2D, type Tensor3D, tensor3d, zeros } from '@tensorflow/tfjs-core';
import { type Ids, idTensor, type Mask, maskTensor } from '../ids.js';
import { checkKnownKeys } from '../known_keys.js';
import { shown } from '../shown.js';
import type { BodyInputs } from './body.js';

/** Vectors of tokens, (B, T, E): a tensor of type float32, or rows of them. */
export type Vectors = Tensor | readonly (readonly ArrayLike<number>[])[];

/** What encoders and decoders read: `inputIds` or `inputsEmbeds`, and what goes with them. */
export interface FamilyInputs {
  /** (B, T). */
  inputIds?: Ids | undefined;
  /** (B, T, E), vectors in the place of the ids' embeddings, whose width E they have. */
  inputsEmbeds?: Vectors | undefined;
  /** (B, T), 1 at tokens and 0 at padding; all ones by default, as in Hugging Face's library. */
  attentionMask?: Mask | undefined;
  /** (B, T), the segment of each token, where the architecture has segments; zeros by default. */
  tokenTypeIds?: Ids | undefined;
  /**
   * (B, T), where each token stands; from 0 on by default. In RoBERTa they begin at padTokenId + 1, and by default count
   * what is no padding; of `inputsEmbeds` all.
   */
  positionIds?: Ids | undefined;
}

/** The names of these. */
const inputNames = ['inputIds', 'inputsEmbeds', 'attentionMask', 'tokenTypeIds', 'positionIds'] as const;

/** Options of `forward`. */
const optionNames = ['training', 'recompute', 'outputAttentions', 'outputHiddenStates', 'labelSmoothing'];

/** Limits of ids. */
export interface InputSizes {
  readonly vocabSize: number;
  readonly width: number;
  readonly embeddingWidth?: number;
  readonly segments: number;
  readonly maxPositions: number;
}

/** Whether an argument is there. */
export const isGiven = <T>(value: T): value is NonNullable<T> => value !== undefined && value !== null;

/**
 * Checks what `forward` is given by its names.
 *
 * @param labelNames what the head takes besides these inputs
 * @throws RangeError naming what is missing, unknown, or given twice.
 */
export function checkCall(inputs: object, labelNames: readonly string[], options: object): void {
  for (const [name, given] of Object.entries({ inputs, options })) {
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) continue;
    throw new RangeError(`${name} must be an object, but is ${shown(given)}`);
  }
  checkKnownKeys('inputs', inputs, [...inputNames, ...labelNames]);
  checkKnownKeys('options', options, optionNames);
  const { inputIds, inputsEmbeds } = inputs as FamilyInputs;
  if (isGiven(inputIds) !== isGiven(inputsEmbeds)) return;
  const found = isGiven(inputIds) ? 'both are' : 'neither is';
  throw new RangeError(`inputIds or inputsEmbeds must be given, one of the two, but ${found}`);
}

/**
 * Inputs as tensors, checked where they are arrays.
 *
 * @throws RangeError naming the argument, the rule and the value.
 */
export function inputTensors(inputs: FamilyInputs, sizes: InputSizes): BodyInputs<Tensor> {
  const { attentionMask, tokenTypeIds, positionIds } = inputs;
  const read = wordsOf(inputs, sizes);
  const words = read.inputIds ?? read.inputsEmbeds;
  const ids = (name: 'tokenTypeIds' | 'positionIds', given: Ids | undefined, limit: number) =>
    isGiven(given) ? checkLike(name, idTensor(name, given, limit), read) : undefined;
  const mask = isGiven(attentionMask)
    ? checkLike('attentionMask', maskTensor('attentionMask', attentionMask), read)
    : undefined;
  const places = ids('positionIds', positionIds, sizes.maxPositions);
  // Models without segments leave them out, as tokenizers may give them all the same.
  const types = sizes.segments > 0 ? ids('tokenTypeIds', tokenTypeIds, sizes.segments) : undefined;
  return {
    ...read,
    ...(mask && { attentionMask: mask }),
    ...(sizes.segments > 0 && { tokenTypeIds: types ?? zerosOf(words) }),
    ...(places && { positionIds: places }),
  };
}

/** @throws RangeError naming the argument if it has another batch or length than the words. */
export function checkLike<T extends Tensor>(
  name: string,
  given: T,
  { inputIds, inputsEmbeds }: Pick<BodyInputs<Tensor>, 'inputIds' | 'inputsEmbeds'>,
): T {
  const [rows, length] = (inputIds ?? inputsEmbeds)!.shape;
  if (given.shape[0] === rows && given.shape[1] === length) return given;
  const owner = inputIds ? "inputIds' shape" : "inputsEmbeds' rows and columns";
  throw new RangeError(`${name} must have ${owner} [${rows},${length}], but has [${given.shape}]`);
}

/** The ids, or the vectors in their place. */
function wordsOf(
  { inputIds, inputsEmbeds }: FamilyInputs,
  { vocabSize, width, embeddingWidth = width }: InputSizes,
): { inputIds: Tensor2D; inputsEmbeds?: undefined } | { inputIds?: undefined; inputsEmbeds: Tensor3D } {
  if (isGiven(inputIds)) return { inputIds: idTensor('inputIds', inputIds, vocabSize) };
  return { inputsEmbeds: vectorTensor('inputsEmbeds', inputsEmbeds!, embeddingWidth) };
}

function vectorTensor(name: string, given: Vectors, width: number): Tensor3D {
  const rows = given instanceof Tensor ? given : rowsOf(name, given);
  const [, , found] = rows.shape;
  if (rows.rank !== 3 || found !== width) {
    throw new RangeError(`${name} must have the shape (B, T, ${width}), but has [${rows.shape}]`);
  }
  if (rows.dtype !== 'float32') throw new RangeError(`${name} must be of type float32, but is ${rows.dtype}`);
  return rows as Tensor3D;
}

function rowsOf(name: string, given: Exclude<Vectors, Tensor>): Tensor3D {
  const rule = `${name} must be vectors of numbers, (B, T, E)`;
  const areRows = Array.isArray(given) && given.every(Array.isArray);
  const rows = areRows ? (given as readonly (readonly ArrayLike<number>[])[]) : undefined;
  const vectors = rows?.flat().map((vector) => Array.from(vector)) ?? [];
  const [length, width] = [rows?.[0]?.length ?? 0, vectors[0]?.length ?? 0];
  const isEven =
    rows?.every((row) => row.length === length) && vectors.every((each) => each.length === width);
  if (!isEven || width === 0 || !vectors.flat().every(Number.isFinite)) {
    throw new RangeError(`${rule}, but are ${shown(given)}`);
  }
  return tensor3d(vectors.flat(), [given.length, length, width], 'float32');
}

/** Zeros, int32 (B, T), for ids (B, T) or vectors (B, T, E). */
const zerosOf = ({ shape: [rows, length] }: Tensor): Tensor2D => zeros([rows!, length!], 'int32');
