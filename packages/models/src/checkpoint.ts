import { type Checkpoint, type SavedTensor, toFloat32, writeSafetensors } from '@chui/hub';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';

/** A parameter as a checkpoint has it. */
export interface Parameter {
  /** In the checkpoint. */
  readonly name: string;
  readonly variable: Variable;
  /** Whether the checkpoint has the matrix the other way round, as PyTorch's linear layers do. */
  readonly transposed?: boolean;
}

/** What becomes of names that a model and a checkpoint do not share. */
export interface Leniency {
  /** The parameter's name for a tensor's name in the file; undefined for a tensor that is no parameter. */
  rename?(name: string): string | undefined;
  /** Whether a parameter may be missing, and stays as it is. */
  mayLack?(name: string): boolean;
  /** Whether a tensor may be there that the model does not have. */
  mayHave?(name: string): boolean;
  /** Whether a parameter of another shape stays as it is, as if it were missing. */
  ignoreMismatchedSizes?: boolean | undefined;
}

/** Shape of a parameter in its checkpoint. */
const savedShape = ({ variable: { shape }, transposed }: Parameter): number[] =>
  transposed ? [...shape].reverse() : [...shape];

const turned = (value: Tensor, { transposed }: Parameter): Tensor => (transposed ? transpose(value) : value);

/** Writes parameters as a safetensors file of float32. */
export async function writeParameters(
  parameters: Iterable<Parameter>,
  metadata: Record<string, string> = { format: 'tf' },
): Promise<Uint8Array> {
  const entries: [string, SavedTensor][] = [];
  for (const parameter of parameters) {
    const value = tidy(() => turned(parameter.variable.clone(), parameter));
    const data = Float32Array.from(await value.data<'float32'>());
    value.dispose();
    entries.push([parameter.name, { dtype: 'F32', shape: savedShape(parameter), data }]);
  }
  return writeSafetensors(entries, metadata);
}

/**
 * Assigns the tensors of a checkpoint to parameters. The map is total: but for what `leniency` allows nothing may be missing,
 * left over or of another shape, and on an error no parameter has changed.
 *
 * @returns the names of the parameters that the checkpoint does not have
 * @throws Error naming the file, the tensor, the rule and what is there.
 */
export async function assignParameters(
  parameters: Iterable<Parameter>,
  checkpoint: Checkpoint,
  { rename = (name) => name, mayLack, mayHave, ignoreMismatchedSizes = false }: Leniency = {},
): Promise<string[]> {
  const file = checkpoint.name;
  const named = new Map([...parameters].map((parameter) => [parameter.name, parameter]));
  const sources = new Map<string, string>();
  for (const [saved, { shape }] of checkpoint.tensors) {
    const name = rename(saved);
    if (name === undefined) continue;
    const parameter = named.get(name);
    if (!parameter) {
      if (mayHave?.(name)) continue;
      throw new Error(`${file} holds the tensor ${saved}, which the model does not have`);
    }
    const expected = savedShape(parameter);
    if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) {
      if (sources.has(name))
        throw new Error(`${file} holds ${name} twice, as ${sources.get(name)} and ${saved}`);
      sources.set(name, saved);
    } else if (!ignoreMismatchedSizes) {
      throw new Error(`${file}: ${saved} must have the shape [${expected}], but has [${shape}]`);
    }
  }
  const lacking = [...named.keys()].filter((name) => !sources.has(name));
  const missing = lacking.find((name) => !ignoreMismatchedSizes && !mayLack?.(name));
  if (missing) throw new Error(`${file} must hold the tensor ${missing}, but does not`);

  const values: [Parameter, Tensor][] = [];
  try {
    for (const [name, saved] of sources) {
      const data = toFloat32(await checkpoint.read(saved));
      const parameter = named.get(name)!;
      values.push([parameter, tidy(() => turned(tensor(data, savedShape(parameter), 'float32'), parameter))]);
    }
    for (const [{ variable }, value] of values) variable.assign(value);
  } finally {
    for (const [, value] of values) value.dispose();
  }
  return lacking;
}
