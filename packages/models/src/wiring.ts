import { recompute } from '@chui/runtime';
import { Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A value that flows through a model's wiring: a tensor, or the symbol of one. */
export type Value = Tensor | SymbolicTensor;

/** What a layer is told besides its inputs. tfjs does not save it: `returnWeights` is for tensors only. */
export interface CallOptions {
  training?: boolean | undefined;
  returnWeights?: boolean | undefined;
}

/** What a model's wiring is told. */
export interface WireOptions extends CallOptions {
  /** Keeps no intermediate results of blocks for the gradient, but computes them again: see `recompute` of @chui/runtime. */
  recompute?: boolean | undefined;
}

/** Applies a layer of one output to tensors or to symbols, whichever comes. */
export function apply<V extends Value>(layer: layers.Layer, inputs: V | V[], options?: CallOptions): V {
  return applyAll(layer, inputs, options)[0]!;
}

/** Applies layers of one output, one after the other. */
export function applyChain<V extends Value>(
  chain: readonly layers.Layer[],
  input: V,
  options?: CallOptions,
): V {
  return chain.reduce((x, layer) => apply(layer, x, options), input);
}

/** Applies a layer of several outputs. */
export function applyAll<V extends Value>(layer: layers.Layer, inputs: V | V[], options?: CallOptions): V[] {
  const outputs = layer.apply(inputs as Tensor | Tensor[], { ...options });
  return (Array.isArray(outputs) ? outputs : [outputs]) as V[];
}

/** Applies a block, which with `recompute` keeps nothing for the gradient but its inputs. */
export function applyBlock<V extends Value>(
  block: layers.Layer,
  inputs: V[],
  { recompute: again, ...options }: WireOptions,
): V[] {
  if (!again || !inputs.every((input) => input instanceof Tensor)) return applyAll(block, inputs, options);
  const variables = block.trainableWeights.map((weight) => weight.read() as Variable);
  const run = recompute((...tensors: Tensor[]) => applyAll(block, tensors, options), variables);
  return run(...(inputs as Tensor[])) as V[];
}
