import { arrays, type SavedTensor, type TensorData } from './dtype.js';
import { readHeader, readHeaderLength, type TensorEntry } from './header.js';

/**
 * Reads a safetensors file. Everything is checked before any tensor is made; tensors are views of `bytes` where their
 * alignment allows, else copies.
 *
 * @param name what errors call the file
 * @throws Error, of one line, if the header is damaged, too long, has a key twice, or lies about the data
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(
  bytes: Uint8Array,
  name = 'safetensors',
): { tensors: Map<string, SavedTensor>; metadata: Record<string, string> } {
  const dataStart = 8 + readHeaderLength(bytes, bytes.length, name);
  const { tensors, metadata } = readHeader(bytes.subarray(8, dataStart), bytes.length - dataStart, name);
  const data = bytes.subarray(dataStart);
  return { tensors: new Map([...tensors].map(([key, entry]) => [key, tensorOf(entry, data)])), metadata };
}

function tensorOf({ dtype, shape, start, end }: TensorEntry, data: Uint8Array): SavedTensor {
  const ArrayType = arrays[dtype] as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData;
  const width = arrays[dtype].BYTES_PER_ELEMENT;
  const aligned = (data.byteOffset + start) % width === 0;
  const bytes = aligned ? data.subarray(start, end) : Uint8Array.from(data.subarray(start, end));
  return { dtype, shape, data: new ArrayType(bytes.buffer, bytes.byteOffset, bytes.length / width) };
}
