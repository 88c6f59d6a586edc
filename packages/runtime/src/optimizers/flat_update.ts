import {
  add,
  div,
  fill,
  isFinite as isFiniteTensor,
  logicalAnd,
  minimum,
  mul,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Variable,
  where,
} from '@tensorflow/tfjs-core';
import { flatten, unflatten } from './flat_state.js';

/** What a step has to go by. */
export interface FlatUpdate {
  readonly parameters: readonly Variable[];
  /** One a parameter. */
  readonly gradients: readonly Tensor[];
  /** One a parameter. */
  readonly decay: readonly number[];
  /** Factors of the learning rate, one a parameter. */
  readonly rates: readonly number[];
  /** What the optimizer keeps, in the order of its states; undefined for one that none of the parameters has. */
  readonly states: readonly (Variable | undefined)[];
  /** The number of this step, from 1. */
  readonly step: Tensor;
  readonly clipNorm?: number | undefined;
  /** Whether the step may be made, if its gradients are finite; undefined where it is made whatever they are. */
  readonly allowed?: Tensor | undefined;
}

/** What is known of the gradients of a step. */
export interface Measured {
  /** Before clipping. */
  readonly gradientNorm: Tensor;
  /** Norms by parameter, of shape (N), before clipping, where the step is guarded. */
  readonly gradientNorms?: Tensor | undefined;
  /** Bool scalar, whether the step is made, where it is guarded. */
  readonly taken?: Tensor | undefined;
}

/** What a step makes. Where it is not taken, parameters and states are as before. */
export interface FlatUpdated extends Measured {
  /** One a parameter. */
  readonly parameters: readonly Tensor[];
  readonly states: readonly (Tensor | undefined)[];
}

/** Norms of the gradients, and whether the step is taken. `raw` are all of them, if they are one vector already. */
export function measured(
  { gradients, allowed }: Pick<FlatUpdate, 'gradients' | 'allowed'>,
  raw?: Tensor,
): Measured {
  const squares = raw && !allowed ? undefined : stack(gradients.map((gradient) => sum(square(gradient))));
  const gradientNorm = sqrt(sum(raw ? square(raw) : squares!));
  if (!allowed) return { gradientNorm };
  return {
    gradientNorm,
    gradientNorms: sqrt(squares!),
    taken: logicalAnd(isFiniteTensor(gradientNorm), allowed),
  };
}

/** min(1, clipNorm / (‖g‖ + 1e-6)), or undefined if nothing is clipped. */
export function clipScale(
  { clipNorm }: Pick<FlatUpdate, 'clipNorm'>,
  gradientNorm: Tensor,
): Tensor | undefined {
  return clipNorm === undefined ? undefined : minimum(1, div(clipNorm, add(gradientNorm, 1e-6)));
}

/** All gradients as one vector, scaled by `clipScale`, and what they were before. */
export function clipped(update: Pick<FlatUpdate, 'gradients' | 'clipNorm' | 'allowed'>): Measured & {
  readonly gradient: Tensor1D;
} {
  const raw = flatten(update.gradients);
  const found = measured(update, raw);
  const scale = clipScale(update, found.gradientNorm);
  return { gradient: scale ? mul(raw, scale) : raw, ...found };
}

/** A number a parameter as one of every element, or of all of them. */
export function ofElements(
  numbers: readonly number[],
  parameters: readonly { readonly size: number }[],
): Tensor1D | number {
  if (new Set(numbers).size === 1) return numbers[0]!;
  return flatten(parameters.map(({ size }, index) => fill([size], numbers[index]!)));
}

/** The learning rate of every element, or of all of them. */
export function rateOfElements(
  {
    parameters,
    rates,
  }: Pick<FlatUpdate, 'rates'> & { readonly parameters: readonly { readonly size: number }[] },
  learningRate: Tensor,
): Tensor {
  const factor = ofElements(rates, parameters);
  return factor === 1 ? learningRate : mul(learningRate, factor);
}

/** Parameters less the share η λ of each that decays; both as one vector. */
export function decayed(
  values: Tensor,
  {
    parameters,
    decay,
  }: Pick<FlatUpdate, 'decay'> & { readonly parameters: readonly { readonly size: number }[] },
  rate: Tensor,
): Tensor {
  const share = ofElements(decay, parameters);
  return share === 0 ? values : mul(values, sub(1, mul(rate, share)));
}

/** `now`, or what was before where the step is not taken. */
export const ifTaken = ({ taken }: Measured, now: Tensor, before: Tensor): Tensor =>
  taken ? where(taken, now, before) : now;

/** What a step made of vectors of all parameters and of the states, unless it is not taken. */
export function flatUpdated(
  { parameters, states }: Pick<FlatUpdate, 'parameters' | 'states'>,
  { gradientNorm, gradientNorms, taken }: Measured,
  [before, now]: readonly [before: Tensor, now: Tensor],
  newStates: readonly Tensor[],
): FlatUpdated {
  const found = { gradientNorm, gradientNorms, taken };
  return {
    ...found,
    parameters: unflatten(ifTaken(found, now, before), parameters),
    states: newStates.map((state, index) => ifTaken(found, state, states[index]!)),
  };
}
