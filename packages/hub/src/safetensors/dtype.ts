/** Element types of safetensors, in the format's order, and the array that holds each. Half floats stay as their bits. */
export const arrays = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

/** An element type of safetensors: F float, BF bfloat, I signed and U unsigned integer, with the width in bits. */
export type Dtype = keyof typeof arrays;

/** What holds a tensor's elements; F16 and BF16 are the bit patterns in a Uint16Array, BOOL is 0 or 1 in a Uint8Array. */
export type TensorData = InstanceType<(typeof arrays)[Dtype]>;

/** A tensor of a safetensors file: elements in row-major order. */
export interface SavedTensor {
  dtype: Dtype;
  shape: number[];
  data: TensorData;
}

export const dtypes = Object.keys(arrays) as Dtype[];

export const isDtype = (name: string): name is Dtype => Object.hasOwn(arrays, name);

/** The tensor whose elements are these bytes: a view of them where their alignment allows, else a copy. */
export function tensorOf({ dtype, shape }: Omit<SavedTensor, 'data'>, bytes: Uint8Array): SavedTensor {
  const ArrayType = arrays[dtype] as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData;
  const width = arrays[dtype].BYTES_PER_ELEMENT;
  const { buffer, byteOffset, length } = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  return { dtype, shape, data: new ArrayType(buffer, byteOffset, length / width) };
}

/** The tensor's elements as float32, rounded to the nearest; a float32 tensor's own data, not a copy. */
export function toFloat32({ dtype, data }: Pick<SavedTensor, 'dtype' | 'data'>): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'BF16') return fromBits(data as Uint16Array, (bits) => bits << 16);
  if (dtype === 'F16') return fromBits(data as Uint16Array, halfToSingle);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

function fromBits(halves: Uint16Array, widen: (bits: number) => number): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = widen(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** The bits of a float16 (1 sign, 5 exponent, 10 fraction) as those of the float32 (1, 8, 23) of the same value. */
function halfToSingle(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal half is a normal single
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
