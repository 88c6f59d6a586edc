import { type SavedTensor, toBfloat16, toFloat16 } from '@chui/hub';
import { type ChannelAxis, quantizeInt8 } from './int8.js';

/** What numbers a checkpoint is written in. `int8` is chui's own form: see `quantizeInt8`. */
export type SavedDtype = (typeof savedDtypes)[number];

const savedDtypes = ['float32', 'float16', 'bfloat16', 'int8'] as const;

/** @throws RangeError unless it is one of them. */
export function checkSavedDtype(dtype: string): void {
  if ((savedDtypes as readonly string[]).includes(dtype)) return;
  throw new RangeError(`dtype must be one of ${savedDtypes.join(', ')}, but is ${JSON.stringify(dtype)}`);
}

/** A parameter's numbers, in the order and shape that its checkpoint has. */
export interface ParameterValues {
  readonly name: string;
  readonly shape: number[];
  readonly data: Float32Array<ArrayBuffer>;
  /** The axis of output channels, or of a table's rows; undefined for what `int8` leaves in float32. */
  readonly channels?: ChannelAxis | undefined;
}

/** The tensors that a parameter is written as. */
export function savedTensors(values: ParameterValues, dtype: SavedDtype): [string, SavedTensor][] {
  const { name, shape, data, channels } = values;
  switch (dtype) {
    case 'float16':
      return [[name, { dtype: 'F16', shape, data: toFloat16(data) as Uint16Array<ArrayBuffer> }]];
    case 'bfloat16':
      return [[name, { dtype: 'BF16', shape, data: toBfloat16(data) as Uint16Array<ArrayBuffer> }]];
    case 'int8':
      if (channels !== undefined) return quantizeInt8(name, { shape, data }, channels);
  }
  return [[name, { dtype: 'F32', shape, data }]];
}

/** What the header of a file of that type says: readers of transformers 4 open files of PyTorch's layout only. */
export const formatOf = (dtype: SavedDtype): string => (dtype === 'int8' ? 'chui-int8' : 'pt');

/**
 * The text of a config.json with the type of the weights beside it, under the key that it has there: `dtype`, or
 * `torch_dtype` as older files have it.
 *
 * @param added whether a text without the key gets one, where the weights are half floats
 */
export function withDtype(text: string, dtype: SavedDtype, { added }: { added: boolean }): string {
  const config = JSON.parse(text) as Record<string, unknown>;
  const named = dtype === 'int8' ? 'float32' : dtype; // what they are once they are loaded
  const keys = ['dtype', 'torch_dtype'].filter((key) => Object.hasOwn(config, key));
  if (keys.length === 0 && added && named !== 'float32') keys.push('dtype');
  for (const key of keys) config[key] = named;
  return keys.length === 0 ? text : `${JSON.stringify(config, null, 2)}\n`;
}
