import { type Checkpoint, type SavedTensor, toFloat32 } from '@chui/hub';

/** What is read of a checkpoint. */
export type Tensors = Pick<Checkpoint, 'name' | 'tensors' | 'metadata' | 'read'>;

/** The axis of a matrix whose places have a scale each. */
export type ChannelAxis = 0 | 1;

const VALUES = '.int8';
const SCALE = '.scale';
const LARGEST = 127;

/**
 * A matrix as int8, symmetric, with a scale for each output channel, or for each row of a table of embeddings:
 *
 *     scale = max|w| / 127 of the channel;   q = round(w / scale);   w ≈ q · scale, at most scale / 2 off
 *
 * - `NAME.int8`, I8, of the matrix's shape
 * - `NAME.scale`, F32, (O, 1) or (1, O): it is multiplied as it is
 *
 * Only chui reads that; the names are others, so that a reader that does not know them finds no `NAME`.
 *
 * @throws RangeError naming the tensor, if a number is not finite.
 */
export function quantizeInt8(
  name: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  axis: ChannelAxis,
): [string, SavedTensor][] {
  const [rows, columns] = shape as [number, number];
  const scales = new Float32Array(axis === 0 ? rows : columns);
  const channelOf = (row: number, column: number) => (axis === 0 ? row : column);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const value = data[i]!;
      if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite for int8, but has ${value}`);
      const channel = channelOf(row, column);
      scales[channel] = Math.max(scales[channel]!, Math.abs(value));
    }
  }
  for (const [channel, largest] of scales.entries()) scales[channel] = largest / LARGEST;
  const values = new Int8Array(data.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const scale = scales[channelOf(row, column)]!;
      if (scale > 0) values[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(data[i]! / scale)));
    }
  }
  return [
    [name + VALUES, { dtype: 'I8', shape: [rows, columns], data: values }],
    [name + SCALE, { dtype: 'F32', shape: axis === 0 ? [rows, 1] : [1, columns], data: scales }],
  ];
}

/**
 * A checkpoint whose int8 matrices are float32 under their own names; another one is the same.
 *
 * @throws Error naming the file and the tensor, if a scale is missing or is of another shape.
 */
export function dequantized(checkpoint: Tensors): Tensors {
  const quantized = [...checkpoint.tensors.keys()].filter(
    (name) => name.endsWith(VALUES) && checkpoint.tensors.get(name)!.dtype === 'I8',
  );
  if (quantized.length === 0) return checkpoint;
  const tensors = new Map(checkpoint.tensors);
  const names = new Set<string>();
  for (const values of quantized) {
    const name = values.slice(0, -VALUES.length);
    const tensor = tensors.get(values)!;
    checkScale(checkpoint, name, tensor.shape);
    tensors.delete(values);
    tensors.delete(name + SCALE);
    tensors.set(name, { ...tensor, dtype: 'F32' });
    names.add(name);
  }
  const read = async (name: string): Promise<SavedTensor> => {
    if (!names.has(name)) return checkpoint.read(name);
    const values = await checkpoint.read(name + VALUES);
    const scale = await checkpoint.read(name + SCALE);
    return { dtype: 'F32', shape: values.shape, data: product(values, scale) };
  };
  return { name: checkpoint.name, metadata: checkpoint.metadata, tensors, read };
}

function checkScale({ name: file, tensors }: Tensors, name: string, shape: readonly number[]): void {
  const scale = tensors.get(name + SCALE);
  if (!scale) throw new Error(`${file} must hold ${name}${SCALE} beside ${name}${VALUES}, but does not`);
  const [rows, columns] = shape;
  const expected = [`${rows},1`, `1,${columns}`];
  if (shape.length === 2 && expected.includes(scale.shape.join())) return;
  throw new Error(
    `${file}: ${name}${SCALE} must have the shape [${expected.join('] or [')}], but has [${scale.shape}]`,
  );
}

function product({ shape, data }: SavedTensor, scale: SavedTensor): Float32Array<ArrayBuffer> {
  const [rows, columns] = shape as [number, number];
  const scales = toFloat32(scale);
  // A scale's side of 1 is the same for all.
  const [rowStep, columnStep] = [Number(scale.shape[0] !== 1), Number(scale.shape[1] !== 1)];
  const products = new Float32Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      products[i] = (data as Int8Array)[i]! * scales[row * rowStep + column * columnStep]!;
    }
  }
  return products;
}
