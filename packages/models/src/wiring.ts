import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A value that flows through a model's wiring: a tensor, or the symbol of one. */
export type Value = Tensor | SymbolicTensor;

/** What a layer is told besides its inputs. tfjs does not save it, so nothing but `training` may stand here. */
export interface CallOptions {
  training?: boolean;
}

/** Applies a layer of one output to tensors or to symbols, whichever comes. */
export function apply<V extends Value>(layer: layers.Layer, inputs: V | V[], options?: CallOptions): V {
  return applyAll(layer, inputs, options)[0]!;
}

/** Applies a layer of several outputs. */
export function applyAll<V extends Value>(layer: layers.Layer, inputs: V | V[], options?: CallOptions): V[] {
  const outputs = layer.apply(inputs as Tensor | Tensor[], { ...options });
  return (Array.isArray(outputs) ? outputs : [outputs]) as V[];
}
