import { readSafetensors, type SavedTensor, toFloat32, writeSafetensors } from '@chui/hub';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';

/**
 * Writes parameters as a safetensors file of float32.
 *
 * @param parameters [name in the file, variable]
 */
export async function writeParameters(parameters: Iterable<[string, Tensor]>): Promise<Uint8Array> {
  const entries: [string, SavedTensor][] = [];
  for (const [name, value] of parameters) {
    const data = Float32Array.from(await value.data<'float32'>());
    entries.push([name, { dtype: 'F32', shape: [...value.shape], data }]);
  }
  return writeSafetensors(entries, { format: 'tf' });
}

/**
 * Assigns the tensors of a safetensors file to parameters. The map is total: nothing may be missing, left over or of
 * another shape, and on an error no parameter has changed.
 *
 * @param file its name, for errors
 * @throws Error naming the file, the tensor, the rule and what is there.
 */
export function assignParameters(
  parameters: Iterable<[string, Variable]>,
  bytes: Uint8Array,
  file: string,
): void {
  const { tensors } = readSafetensors(bytes, file);
  const named = new Map(parameters);
  for (const [name, { shape }] of named) {
    const found = tensors.get(name);
    if (!found) throw new Error(`${file} must hold the tensor ${name}, but does not`);
    if (found.shape.length !== shape.length || found.shape.some((size, axis) => size !== shape[axis])) {
      throw new Error(`${file}: ${name} must have the shape [${shape}], but has [${found.shape}]`);
    }
  }
  for (const name of tensors.keys()) {
    if (!named.has(name)) throw new Error(`${file} holds the tensor ${name}, which the model does not have`);
  }
  for (const [name, variable] of named) {
    const value = tensor(toFloat32(tensors.get(name)!), variable.shape, 'float32');
    variable.assign(value);
    value.dispose();
  }
}
