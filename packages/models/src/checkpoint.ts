import { Checkpoint, type ModelFiles, type SavedTensor, toFloat32 } from '@chui/hub';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { type ChannelAxis, dequantized, type Tensors } from './saving/int8.js';
import { checkSavedDtype, formatOf, type SavedDtype, savedTensors } from './saving/saved_dtype.js';
import { bytesOf, type FileSize, shardFiles } from './saving/shards.js';

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
  /** The parameter's name for a tensor's name in the file; undefined for a tensor that is left out. */
  rename?(name: string): string | undefined;
  /** Whether a parameter may be missing, and stays as it is. */
  mayLack?(name: string): boolean;
  /** Whether a parameter of another shape stays as it is, as if it were missing. */
  ignoreMismatchedSizes?: boolean | undefined;
}

/** Shape of a parameter in its checkpoint. */
const savedShape = ({ variable: { shape }, transposed }: Parameter): number[] =>
  transposed ? [...shape].reverse() : [...shape];

const turned = (value: Tensor, { transposed }: Parameter): Tensor => (transposed ? transpose(value) : value);

/** How parameters are written. */
export interface SaveOptions {
  /**
   * `float32` by default; half floats as Hugging Face's library has them; or `int8`, which only chui reads: every matrix
   * in whole numbers with a scale for each output channel or row of a table, all else in float32.
   */
  dtype?: SavedDtype | undefined;
  /** Bytes of a file, above which there are several: a number, or a text such as `500MB`. Default `5GB`. */
  maxShardSize?: FileSize | undefined;
}

/**
 * Parameters as files of safetensors: model.safetensors, or several and their index.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export async function checkpointFiles(
  parameters: Iterable<Parameter>,
  { dtype = 'float32', maxShardSize = '5GB' }: SaveOptions = {},
): Promise<Record<string, string | Uint8Array>> {
  checkSavedDtype(dtype);
  const limit = bytesOf('maxShardSize', maxShardSize);
  const entries: [string, SavedTensor][] = [];
  for (const parameter of parameters) {
    const { name } = parameter;
    const value = tidy(() => turned(parameter.variable.clone(), parameter));
    const data = (await value.data<'float32'>()).slice(); // a backend's own memory
    value.dispose();
    const channels = channelsOf(parameter);
    entries.push(...savedTensors({ name, shape: savedShape(parameter), data, channels }, dtype));
  }
  return shardFiles(entries, { format: formatOf(dtype) }, limit);
}

/** The saved axis of a matrix's output channels: the last one of a kernel here; of a table of embeddings its rows. */
function channelsOf({ variable, transposed }: Parameter): ChannelAxis | undefined {
  if (variable.rank !== 2) return undefined;
  const isTable = /embeddings(_\d+)?$/.test(variable.name);
  return isTable === Boolean(transposed) ? 1 : 0;
}

/** Opens a checkpoint, whose int8 matrices are as numbers then. */
export const openCheckpoint = async (files: ModelFiles): Promise<Tensors> =>
  dequantized(await Checkpoint.open(files));

/** Which tensor of a checkpoint each parameter takes, and which parameters have none. */
interface Matches {
  readonly sources: ReadonlyMap<Parameter, string>;
  /** Names of parameters. */
  readonly lacking: string[];
}

/**
 * Finds the tensors of a checkpoint for parameters. The map is total: but for what `leniency` allows nothing may be missing,
 * left over or of another shape.
 *
 * @throws Error naming the file, the tensor, the rule and what is there.
 */
export function matchParameters(
  parameters: Iterable<Parameter>,
  checkpoint: Tensors,
  { rename = (name) => name, mayLack, ignoreMismatchedSizes = false }: Leniency = {},
): Matches {
  const file = checkpoint.name;
  const named = new Map([...parameters].map((parameter) => [parameter.name, parameter]));
  const sources = new Map<Parameter, string>();
  const mismatched = new Set<string>();
  for (const [saved, { shape }] of checkpoint.tensors) {
    const name = rename(saved);
    if (name === undefined) continue;
    const parameter = named.get(name);
    if (!parameter) throw new Error(`${file} holds the tensor ${saved}, which the model does not have`);
    const expected = savedShape(parameter);
    if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) {
      const other = sources.get(parameter);
      if (other) throw new Error(`${file} holds ${name} twice, as ${other} and ${saved}`);
      sources.set(parameter, saved);
    } else if (ignoreMismatchedSizes) {
      mismatched.add(name);
    } else {
      throw new Error(`${file}: ${saved} must have the shape [${expected}], but has [${shape}]`);
    }
  }
  const lacking = [...named].flatMap(([name, parameter]) => (sources.has(parameter) ? [] : [name]));
  const missing = lacking.find((name) => !mismatched.has(name) && !mayLack?.(name));
  if (missing) throw new Error(`${file} must hold the tensor ${missing}, but does not`);
  return { sources, lacking };
}

/**
 * Assigns the tensors of a checkpoint to parameters, as `matchParameters` finds them. On an error no parameter has changed.
 *
 * @returns the names of the parameters that the checkpoint does not have
 * @throws Error naming the file, the tensor, the rule and what is there.
 */
export async function assignParameters(
  parameters: Iterable<Parameter>,
  checkpoint: Tensors,
  leniency: Leniency = {},
): Promise<string[]> {
  const { sources, lacking } = matchParameters(parameters, checkpoint, leniency);
  const values: [Parameter, Tensor][] = [];
  try {
    for (const [parameter, saved] of sources) {
      const data = toFloat32(await checkpoint.read(saved));
      values.push([parameter, tidy(() => turned(tensor(data, savedShape(parameter), 'float32'), parameter))]);
    }
    for (const [{ variable }, value] of values) variable.assign(value);
  } finally {
    for (const [, value] of values) value.dispose();
  }
  return lacking;
}
