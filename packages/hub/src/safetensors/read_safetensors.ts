import { type SavedTensor, tensorOf } from './dtype.js';
import { readHeader, readHeaderLength } from './header.js';

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
  return {
    tensors: new Map(
      [...tensors].map(([key, entry]) => [key, tensorOf(entry, data.subarray(entry.start, entry.end))]),
    ),
    metadata,
  };
}
