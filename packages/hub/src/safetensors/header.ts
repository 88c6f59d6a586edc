import { quote } from '../files/quote.js';
import { decodeUtf8 } from '../files/utf8.js';
import { arrays, type Dtype, dtypes, isDtype } from './dtype.js';
import { HeaderScanner } from './header_scanner.js';

/** A header may be so long, in bytes: the limit of the format's own library. */
export const maxHeaderLength = 100_000_000;

/** Where a tensor lies: bytes `start` to `end` of the data that follow the header. */
interface TensorEntry {
  dtype: Dtype;
  shape: number[];
  start: number;
  end: number;
}

export interface Header {
  tensors: Map<string, TensorEntry>;
  metadata: Record<string, string>;
}

/**
 * Reads the length of the header, from the file's first 8 bytes.
 *
 * @throws Error if the length is beyond the limit or the file
 */
export function readHeaderLength(bytes: Uint8Array, fileLength: number, name: string): number {
  if (fileLength < 8)
    throw new Error(`${name}: a safetensors file has at least 8 bytes, but this has ${fileLength}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderLength) {
    throw new Error(
      `${name}: the header's length must be at most ${maxHeaderLength} bytes, but is ${length}`,
    );
  }
  if (8 + Number(length) > fileLength) {
    throw new Error(
      `${name}: the header's length is ${length}, but the file has ${fileLength} bytes in all: is it cut short?`,
    );
  }
  return Number(length);
}

/**
 * Reads a header and checks it wholly: the tensors must fill the `dataLength` bytes after it one after the other.
 *
 * @throws Error that names the file, the tensor and the rule
 */
export function readHeader(bytes: Uint8Array, dataLength: number, name: string): Header {
  const header: Header = { tensors: new Map(), metadata: {} };
  const scanner = new HeaderScanner(decodeUtf8(bytes, `${name}: header`), `${name}: header`);
  if (bytes[0] !== 0x7b) throw scanner.error('must begin with {');
  scanner.object((key) => {
    if (key === '__metadata__') header.metadata = readMetadata(scanner);
    else header.tensors.set(key, readEntry(scanner, `${name}: tensor ${quote(key)}`, dataLength));
  });
  scanner.end();
  checkLayout(header.tensors, dataLength, name);
  return header;
}

function readMetadata(scanner: HeaderScanner): Record<string, string> {
  const entries: [string, string][] = [];
  scanner.object((key) => entries.push([key, scanner.string()]));
  return Object.fromEntries(entries);
}

function readEntry(scanner: HeaderScanner, name: string, dataLength: number): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((key) => {
    if (key === 'dtype') dtype = scanner.string();
    else if (key === 'shape') shape = scanner.integers();
    else if (key === 'data_offsets') offsets = scanner.integers();
    else throw new Error(`${name}: has dtype, shape and data_offsets only, but also ${quote(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    throw new Error(`${name}: must have dtype, shape and data_offsets`);
  }
  if (!isDtype(dtype))
    throw new Error(`${name}: dtype must be one of ${dtypes.join(', ')}, but is ${quote(dtype)}`);
  const [start, end] = offsets;
  if (start === undefined || end === undefined || offsets.length !== 2) {
    throw new Error(`${name}: data_offsets must be two numbers, but are ${offsets.length}`);
  }
  if (start > end || end > dataLength) {
    throw new Error(
      `${name}: data_offsets must rise and end within the ${dataLength} bytes of data, but are ${start}, ${end}`,
    );
  }
  const size = shape.reduce((product, side) => product * side, arrays[dtype].BYTES_PER_ELEMENT);
  if (size !== end - start) {
    throw new Error(
      `${name}: ${dtype} of shape ${shapeText(shape)} takes ${size} bytes, but data_offsets span ${end - start}`,
    );
  }
  return { dtype, shape, start, end };
}

const shapeText = (shape: number[]) => `[${shape.slice(0, 16)}${shape.length > 16 ? ',…' : ''}]`;

function checkLayout(tensors: Map<string, TensorEntry>, dataLength: number, name: string): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const [key, { start, end }] of inOrder) {
    if (start !== position) {
      const fault = start < position ? 'overlaps the one before' : 'leaves a hole before it';
      throw new Error(
        `${name}: tensor ${quote(key)}: ${fault}: it begins at byte ${start} of the data, not ${position}`,
      );
    }
    position = end;
  }
  if (position !== dataLength) {
    throw new Error(
      `${name}: the tensors take ${position} bytes, but the file has ${dataLength} bytes of data`,
    );
  }
}
