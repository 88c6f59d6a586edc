import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrays, type Dtype, dtypes, type SavedTensor, type TensorData, toFloat32 } from './dtype.js';
import { readSafetensors } from './read_safetensors.js';
import { writeSafetensors } from './write_safetensors.js';

const fixture = new URL('../../../../test/fixtures/safetensors/every_dtype.safetensors', import.meta.url);

/** A file with this header, as it stands, and so many bytes of data. */
function file(header: string, dataLength = 0, headerLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const tensor = fc.constantFrom(...dtypes).chain((dtype) =>
  fc
    .record({
      shape: fc.array(fc.nat(3), { maxLength: 3 }),
      fill: fc.nat(1),
    })
    .map(({ shape, fill }): SavedTensor => {
      const size = shape.reduce((product, side) => product * side, 1);
      const value = dtype === 'I64' || dtype === 'U64' ? BigInt(fill) : fill;
      return {
        dtype,
        shape,
        data: (arrays[dtype] as unknown as { from(v: unknown[]): TensorData }).from(Array(size).fill(value)),
      };
    }),
);
const tensors = fc.dictionary(
  fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__'),
  tensor,
);
const metadata = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));

describe('a file of the library', () => {
  const bytes = new Uint8Array(readFileSync(fixture));

  test('is read, every dtype', () => {
    const { tensors, metadata } = readSafetensors(bytes);
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.size).toBe(16);
    for (const dtype of dtypes) {
      const [, found] = [...tensors].find(
        ([name, value]) => value.dtype === dtype && name.endsWith('.weight'),
      )!;
      expect(found.shape).toEqual([2, 3]);
      expect([...toFloat32(found)]).toEqual(dtype === 'BOOL' ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 100, 127]);
    }
    expect(tensors.get('scalar')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(-0.5) });
    expect(tensors.get('empty')).toEqual({ dtype: 'F32', shape: [0, 4], data: new Float32Array() });
    expect(tensors.get('層.0 "quoted\\"')?.data).toEqual(Uint8Array.of(7));
  });

  test('is written again byte by byte, whatever the order of the tensors', () => {
    const { tensors, metadata } = readSafetensors(bytes);
    expect(writeSafetensors(tensors, metadata)).toEqual(bytes);
    expect(writeSafetensors([...tensors].reverse(), metadata)).toEqual(bytes);
  });

  test('is read at any alignment', () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readSafetensors(shifted.subarray(3)).tensors).toEqual(readSafetensors(bytes).tensors);
  });

  test('is refused wherever it is cut short', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length), 'cut')).toThrow(/^cut: .*bytes/);
    }
  });

  test('damaged in a byte it is read or refused in one line', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          readSafetensors(damaged, 'damaged');
        } catch (error) {
          expect((error as Error).message).toMatch(/^damaged: .+$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('what is written is read', () => {
  fc.assert(
    fc.property(tensors, metadata, (tensors, metadata) => {
      const read = readSafetensors(writeSafetensors(Object.entries(tensors), metadata));
      expect(read.tensors).toEqual(new Map(Object.entries(tensors)));
      expect(read.metadata).toEqual(metadata);
    }),
  );
});

test('any bytes are read or refused in one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (header, dataLength) => {
      expect(() => readSafetensors(file(`{${header}`, dataLength), 'any')).toThrow(/^any: .+$/);
    }),
  );
});

test('tensors are views of the bytes they are read from', () => {
  const bytes = writeSafetensors([['a', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]);
  expect(readSafetensors(bytes).tensors.get('a')?.data.buffer).toBe(bytes.buffer);
});

describe('a header that lies is refused', () => {
  const entry = (shape: string, offsets: string, dtype = '"F32"') =>
    `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
  const good = entry('[1]', '[0,4]');

  test.each<[string, Uint8Array, RegExp]>([
    ['no file', new Uint8Array(), /at least 8 bytes, but this has 0/],
    ['a length beyond the limit', file('{}', 0, 100_000_001n), /at most 100000000 bytes, but is 100000001/],
    ['a length of 2^63', file('{}', 0, 1n << 63n), /at most 100000000 bytes/],
    ['a length beyond the file', file('{}', 0, 3n), /header's length is 3, but the file has 10 bytes/],
    ['no object', file('[]'), /must begin with {/],
    ['white space first', file(' {}'), /must begin with {/],
    ['text after the end', file('{} {}'), /goes on after its end/],
    ['no end', file('{"a":'), /must have { at character 5/],
    ['an open string', file('{"a'), /ends inside a string/],
    ['a bad escape', file('{"\\q":1}'), /damaged string/],
    ['a key twice', file(`{"a":${good},"a":${good}}`, 4), /key "a" twice/],
    ['a key twice, spelled otherwise', file(`{"a":${good},"\\u0061":${good}}`, 4), /key "a" twice/],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" twice/],
    ['metadata that are no text', file('{"__metadata__":{"a":1}}'), /must have " at/],
    ['a field twice', file('{"a":{"dtype":"F32","dtype":"F32"}}'), /"dtype" twice/],
    ['an unknown field', file('{"a":{"stride":[1]}}'), /tensor "a".*also "stride"/],
    ['no shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /must have dtype, shape/],
    [
      'an unknown dtype',
      file(`{"a":${entry('[1]', '[0,4]', '"F31"')}}`, 4),
      /dtype must be one of .* but is "F31"/,
    ],
    ['three offsets', file(`{"a":${entry('[1]', '[0,4,4]')}}`, 4), /two numbers, but are 3/],
    ['falling offsets', file(`{"a":${entry('[1]', '[4,0]')}}`, 4), /rise and end within the 4 bytes/],
    ['offsets beyond the data', file(`{"a":${entry('[1]', '[4,8]')}}`, 4), /rise and end within the 4 bytes/],
    ['a negative offset', file(`{"a":${entry('[1]', '[-4,0]')}}`, 4), /integer from 0/],
    ['a fraction', file(`{"a":${entry('[1.5]', '[0,4]')}}`, 4), /must have \]/],
    ['an exponent', file(`{"a":${entry('[1e9]', '[0,4]')}}`, 4), /must have \]/],
    ['a leading zero', file(`{"a":${entry('[01]', '[0,4]')}}`, 4), /integer from 0/],
    ['a size beyond 2^53', file(`{"a":${entry('[9007199254740993]', '[0,4]')}}`, 4), /integer from 0/],
    [
      'a shape that overflows',
      file(`{"a":${entry('[4294967296,4294967296,4294967296]', '[0,4]')}}`, 4),
      /span 4/,
    ],
    [
      'another size',
      file(`{"a":${entry('[2]', '[0,4]')}}`, 4),
      /F32 of shape \[2\] takes 8 bytes, but data_offsets span 4/,
    ],
    ['an overlap', file(`{"a":${good},"b":${good}}`, 4), /tensor "b": overlaps/],
    ['a hole', file(`{"a":${good},"b":${entry('[1]', '[8,12]')}}`, 12), /tensor "b": leaves a hole/],
    ['data left over', file(`{"a":${good}}`, 5), /tensors take 4 bytes, but the file has 5/],
    ['bytes that are no UTF-8', file('{"a').fill(0xff, 9), /line 1 is not valid UTF-8/],
  ])('%s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(message);
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(/^model\.safetensors: .+$/);
  });
});

describe('what cannot be written is refused', () => {
  const one: SavedTensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) };

  test.each<[string, [string, SavedTensor][], RegExp]>([
    [
      'a name twice',
      [
        ['a', one],
        ['a', one],
      ],
      /"a" is taken/,
    ],
    ['the name of the metadata', [['__metadata__', one]], /is taken/],
    ['half a surrogate pair', [['\ud800', one]], /half a surrogate pair/],
    [
      'another array',
      [['a', { ...one, data: Int32Array.of(1) }]],
      /F32 must be a Float32Array, but are a Int32Array/,
    ],
    ['another size', [['a', { ...one, shape: [2] }]], /shape \[2\] takes 2 elements, but data have 1/],
    ['a negative side', [['a', { ...one, shape: [-1, -1] }]], /non-negative integers/],
    ['an unknown dtype', [['a', { ...one, dtype: 'toString' as Dtype }]], /dtype must be one of/],
  ])('%s', (_, tensors, message) => {
    expect(() => writeSafetensors(tensors)).toThrow(message);
  });

  test('metadata that are no text', () => {
    expect(() => writeSafetensors([], { epoch: 3 as unknown as string })).toThrow(
      'metadata must be text, but epoch is 3',
    );
  });
});

describe('toFloat32', () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

  test('gives every float16 its value', () => {
    const singles = toFloat32({ dtype: 'F16', data: halves });
    const wrong = [...halves].filter((bits) => {
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      const finite = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      const value = exponent < 31 ? finite : fraction === 0 ? Infinity : NaN;
      return !Object.is(singles[bits], sign * value);
    });
    expect(wrong).toEqual([]);
  });

  test('gives a bfloat16 the value of the float32 with its bits in front', () => {
    const singles = toFloat32({ dtype: 'BF16', data: halves });
    const bits = new Uint32Array(singles.buffer);
    expect(bits.every((single, half) => single === half * 0x10000)).toBe(true);
  });

  test('turns integers into numbers and leaves float32 as it is', () => {
    expect(toFloat32({ dtype: 'I64', data: BigInt64Array.of(-3n, 1n << 40n) })).toEqual(
      Float32Array.of(-3, 2 ** 40),
    );
    const data = Float32Array.of(1);
    expect(toFloat32({ dtype: 'F32', data })).toBe(data);
  });
});
