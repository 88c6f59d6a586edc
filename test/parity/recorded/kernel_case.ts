import {
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Tensor5D,
  tensor,
} from '@tensorflow/tfjs-core';
import { values } from '../../support/values.js';

type Shape = readonly number[];
type Ranked<S extends Shape> = [Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tensor5D][S['length'] &
  (0 | 1 | 2 | 3 | 4 | 5)];

/** An input: its values depend on the seed, its shape and type do not. */
export type Draw<T extends Tensor = Tensor> = (seed: number) => T;

/** One way to run a kernel. */
export interface KernelCase {
  readonly name: string;
  readonly inputs: readonly Draw[];
  readonly run: (...inputs: Tensor[]) => Tensor | Tensor[];
  /** How far apart results may be, relative to the largest; 0, so equal, unless said otherwise. */
  readonly tolerance: number;
  /** Whether the gradient is compared too, where tfjs has one. */
  readonly gradient: boolean;
}

/** For each kernel, its cases. */
export type KernelCases = Record<string, KernelCase[]>;

/** A case; `inputs` are what `run` is called with. */
export function kernelCase<Inputs extends Tensor[]>(
  name: string,
  inputs: { [I in keyof Inputs]: Draw<Inputs[I]> },
  run: (...inputs: Inputs) => Tensor | Tensor[],
  { tolerance = 0, gradient = true }: { tolerance?: number; gradient?: boolean } = {},
): KernelCase {
  return { name, inputs, run: run as unknown as KernelCase['run'], tolerance, gradient };
}

/** For kernels that no op of tfjs runs as it is. */
export function runKernel(name: string, inputs: NamedTensorMap, attrs: NamedAttrMap = {}): Tensor | Tensor[] {
  return engine().runKernel<Tensor | Tensor[]>(name, inputs, attrs);
}

const drawn = <S extends Shape>(shape: S, seed: number) =>
  values(
    shape.reduce((a, b) => a * b, 1),
    seed,
  );

/** Numbers between two. */
export const float =
  <const S extends Shape>(shape: S, [from, to]: readonly [number, number] = [-2, 2]): Draw<Ranked<S>> =>
  (seed) =>
    tensor(
      drawn(shape, seed).map((value) => from + ((value + 1) / 2) * (to - from)),
      [...shape],
    ) as Ranked<S>;

/** Numbers that all differ, in bfloat16 too: up to 512 of them. */
export const distinct =
  <const S extends Shape>(shape: S): Draw<Ranked<S>> =>
  (seed) => {
    const numbers = Array.from(drawn(shape, seed));
    const order = numbers.map((_, index) => index).sort((a, b) => numbers[a]! - numbers[b]!);
    for (const [rank, index] of order.entries()) numbers[index] = (rank - numbers.length / 2) / 64;
    return tensor(numbers, [...shape]) as Ranked<S>;
  };

/** Integers from `from`, below `below`. */
export const int =
  <const S extends Shape>(shape: S, [from, below]: readonly [number, number] = [-5, 6]): Draw<Ranked<S>> =>
  (seed) =>
    tensor(
      Int32Array.from(drawn(shape, seed), (value) => from + Math.floor(((value + 1) / 2) * (below - from))),
      [...shape],
      'int32',
    ) as Ranked<S>;

export const bool =
  <const S extends Shape>(shape: S): Draw<Ranked<S>> =>
  (seed) =>
    tensor(
      Uint8Array.from(drawn(shape, seed), (value) => Number(value > 0)),
      [...shape],
      'bool',
    ) as Ranked<S>;

/** Short texts. */
export const text =
  <const S extends Shape>(shape: S): Draw<Ranked<S>> =>
  (seed) =>
    tensor(
      Array.from(drawn(shape, seed), (value) => `a${value.toFixed(1)}b`),
      [...shape],
      'string',
    ) as Ranked<S>;

/** One of some lists of integers, each of this shape. */
export const oneOf =
  <const S extends Shape>(shape: S, ...lists: number[][]): Draw<Ranked<S>> =>
  (seed) =>
    tensor(lists[seed % lists.length]!, [...shape], 'int32') as Ranked<S>;
