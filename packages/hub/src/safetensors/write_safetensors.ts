import { arrays, dtypes, isDtype, type SavedTensor } from './dtype.js';
import { maxHeaderLength } from './header.js';

/**
 * Writes a safetensors file. The bytes depend on the tensors alone, not on their order: they lie by falling width of
 * their dtype, then by name, as the format's own library lays them, so each is aligned.
 *
 * @param metadata kept in the header under `__metadata__`
 * @throws Error if a name is there twice, or is no text, or the data do not fit dtype and shape
 */
export function writeSafetensors(
  tensors: Iterable<[string, SavedTensor]>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const inOrder = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || compareText(nameA, nameB),
  );
  const header: string[] = [];
  if (Object.keys(metadata).length > 0) header.push(`"__metadata__":${metadataJson(metadata)}`);
  const names = new Set(['__metadata__']);
  let position = 0;
  for (const [name, tensor] of inOrder) {
    if (names.has(name))
      throw new Error(`a tensor's name must be free, but ${JSON.stringify(name)} is taken`);
    names.add(name);
    checkTensor(name, tensor);
    const { dtype, shape, data } = tensor;
    const end = position + data.byteLength;
    header.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [position, end] })}`);
    position = end;
  }
  const json = new TextEncoder().encode(`{${header.join(',')}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > maxHeaderLength) {
    throw new Error(`the header must take at most ${maxHeaderLength} bytes, but takes ${headerLength}`);
  }
  const bytes = new Uint8Array(8 + headerLength + position);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, 8 + headerLength);
  position = 8 + headerLength;
  for (const [, { data }] of inOrder) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

function checkTensor(name: string, { dtype, shape, data }: SavedTensor): void {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (/\p{Surrogate}/u.test(name))
    throw new Error(`${tensor}: the name must be text, but has half a surrogate pair`);
  if (!isDtype(dtype))
    throw new Error(`${tensor}: dtype must be one of ${dtypes.join(', ')}, but is ${dtype}`);
  if (!(data instanceof arrays[dtype])) {
    throw new Error(
      `${tensor}: data of ${dtype} must be a ${arrays[dtype].name}, but are a ${(data as object)?.constructor?.name}`,
    );
  }
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    throw new Error(`${tensor}: shape must be of non-negative integers, but is [${shape}]`);
  }
  const size = shape.reduce((product, side) => product * side, 1);
  if (size !== data.length) {
    throw new Error(`${tensor}: shape [${shape}] takes ${size} elements, but data have ${data.length}`);
  }
}

function metadataJson(metadata: Record<string, string>): string {
  const entries = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  for (const [key, value] of entries) {
    if (typeof value !== 'string')
      throw new Error(`metadata must be text, but ${key} is ${JSON.stringify(value)}`);
  }
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
