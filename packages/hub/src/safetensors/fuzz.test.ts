import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryFiles } from '../files/memory_files.js';
import { Checkpoint } from './checkpoint.js';
import type { SavedTensor } from './dtype.js';
import { readSafetensors } from './read_safetensors.js';

const fixture = new URL('../../../../test/fixtures/safetensors/every_dtype.safetensors', import.meta.url);
const whole = new Uint8Array(readFileSync(fixture));
const headerLength = Number(new DataView(whole.buffer).getBigUint64(0, true));
const header = new TextDecoder().decode(whole.subarray(8, 8 + headerLength));
const data = whole.subarray(8 + headerLength);

const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

function withHeader(json: string, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(json);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  return join(prefix, text, data);
}

/** Replaces the n-th match of a pattern, counted round. */
function replaceNth(
  text: string,
  pattern: RegExp,
  n: number,
  replacement: (match: string) => string,
): string {
  const matches = [...text.matchAll(pattern)];
  const match = matches[n % Math.max(1, matches.length)];
  if (!match) return text;
  return text.slice(0, match.index) + replacement(match[0]) + text.slice(match.index + match[0].length);
}

const n = fc.nat(1000);
const place = fc.noBias(fc.nat(whole.length));
const numbers = ['0', '1', '-1', '00', '1.5', '1e300', '4294967296', '9007199254740991', '9007199254740992'];
const number = fc.oneof(
  fc.constantFrom(...numbers, '"1"', 'null', '[1]', '9'.repeat(400)),
  fc.nat(200).map(String),
);
const dtype = fc.constantFrom(
  'F32',
  'F64',
  'BF16',
  'U8',
  'BOOL',
  'f32',
  'F8_E4M3',
  '',
  'constructor',
  '\\n',
  'X'.repeat(9999),
);
const anything = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.nat(5000).map((depth) => '['.repeat(depth)),
  fc.nat(5000).map((depth) => '{"a":'.repeat(depth)),
  fc.nat(1000).map((length) => `[${Array(length).fill('1').join()}]`),
);
const entry = /"[^"]+":\{[^{}]*\}/g;

/** Ways to damage a header's text. */
const headerDamage: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.tuple(n, number).map(
    ([at, to]) =>
      (text: string) =>
        replaceNth(text, /(?<=[[,])\d+(?=[\],])/g, at, () => to),
  ),
  fc.tuple(n, number, number).map(
    ([at, x, y]) =>
      (text: string) =>
        replaceNth(text, /"data_offsets":\[[^\]]*\]/g, at, () => `"data_offsets":[${x},${y}]`),
  ),
  fc.tuple(n, fc.array(number, { maxLength: 40 })).map(
    ([at, shape]) =>
      (text: string) =>
        replaceNth(text, /"shape":\[[^\]]*\]/g, at, () => `"shape":[${shape}]`),
  ),
  fc.tuple(n, dtype).map(
    ([at, to]) =>
      (text: string) =>
        replaceNth(text, /(?<="dtype":")\w+/g, at, () => to),
  ),
  n.map((at) => (text: string) => replaceNth(text, entry, at, (match) => `${match},${match}`)),
  n.map((at) => (text: string) => replaceNth(text, entry, at, () => '"x":{}')),
  n.map(
    (at) => (text: string) =>
      replaceNth(text, entry, at, (match) => `${match},${match.replace(/"[^"]+"/, '"x"')}`),
  ),
  n.map((at) => (text: string) => replaceNth(text, entry, at, (match) => match.replace(/"[^"]+"/, '"x"'))),
  fc.tuple(n, anything).map(
    ([at, json]) =>
      (text: string) =>
        replaceNth(text, /\{[^{}]*\}|\[[^[\]]*\]|"\w+"/g, at, () => json),
  ),
  fc.tuple(n, anything).map(
    ([at, json]) =>
      (text: string) =>
        replaceNth(text, /[,:[{]/g, at, (match) => match + json),
  ),
  fc.tuple(n, fc.constantFrom(' ', '\n', '\t\r', ',', '\u2028', '\\u0000', '"', '\\')).map(
    ([at, inserted]) =>
      (text: string) =>
        replaceNth(text, /./gs, at, (match) => match + inserted),
  ),
);
/** Ways to damage bytes. */
const damage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([at, value]) =>
      (bytes: Uint8Array) =>
        bytes.with(at % bytes.length, value),
  ),
  fc.tuple(fc.noBias(fc.nat(headerLength + 8)), fc.nat(7)).map(
    ([at, bit]) =>
      (bytes: Uint8Array) =>
        bytes.with(at % bytes.length, bytes[at % bytes.length]! ^ (1 << bit)),
  ),
  place.map((length) => (bytes: Uint8Array) => bytes.slice(0, Math.max(1, length))),
  fc.tuple(place, fc.uint8Array({ maxLength: 50 })).map(
    ([at, inserted]) =>
      (bytes: Uint8Array) =>
        join(bytes.subarray(0, at), inserted, bytes.subarray(at)),
  ),
  fc.tuple(place, fc.nat(50)).map(
    ([at, length]) =>
      (bytes: Uint8Array) =>
        join(bytes.subarray(0, at + 1), bytes.subarray(at + 1 + length)),
  ),
);
const damaged = fc.oneof(
  fc
    .array(damage, { minLength: 1, maxLength: 4 })
    .map((all) => all.reduce<Uint8Array>((bytes, change) => change(bytes), whole)),
  fc
    .array(headerDamage, { minLength: 1, maxLength: 3 })
    .map((all) => withHeader(all.reduce((text, change) => change(text), header))),
  fc.tuple(headerDamage, damage).map(([ofHeader, ofBytes]) => ofBytes(withHeader(ofHeader(header)))),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((length) => withHeader(header, length)),
  fc.integer({ min: -40, max: 400 }).map((by) => withHeader(header, BigInt(headerLength + by))),
);

function check(tensors: Map<string, SavedTensor>, fileLength: number): void {
  let total = 0;
  for (const { shape, data } of tensors.values()) {
    if (shape.reduce((product, side) => product * side, 1) !== data.length)
      throw new Error('of another size');
    total += data.byteLength;
  }
  expect(total).toBeLessThanOrEqual(fileLength);
}

test('10,000 damaged files are read, or refused in one line, within memory', async () => {
  const faults = new Map<string, number>();
  let most = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const before = process.memoryUsage().arrayBuffers;
      let message = 'read';
      try {
        check(readSafetensors(bytes, 'fuzz').tensors, bytes.length);
      } catch (error) {
        message = (error as Error).message;
        if (!/^fuzz: [^\n\r\u2028\u2029]{1,600}$/.test(message)) throw error;
      }
      const files = memoryFiles({ 'model.safetensors': bytes }, 'fuzz');
      const opened = await Checkpoint.open(files).catch((error: Error) => error);
      if (opened instanceof Checkpoint) {
        for (const name of opened.tensors.keys()) await opened.read(name);
      }
      const again =
        opened instanceof Error ? opened.message.replace('fuzz/model.safetensors', 'fuzz') : 'read';
      if (again !== message) throw new Error(`${message}, but Checkpoint: ${again}`);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before - 8 * bytes.length);
      const kind = message.replace(/"(\\.|[^"\\])*"|\[.*?\]|\d+/g, '…');
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
    }),
    { numRuns: 10_000, seed: 20_240_607 },
  );
  expect(most).toBeLessThan(2 ** 20);
  // The damage reaches every rule: not all of it is found by the first.
  expect(faults.get('read')).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(15);
}, 30_000);
