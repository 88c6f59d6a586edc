// Philox4x32-10 as TensorFlow's stateless random ops use it, so that a seed gives the same numbers on every backend.

/** A pair of int32: the seed and the number of the draw. */
export type Seed = readonly [seed: number, draw: number];

const SCRAMBLE: readonly [number, number] = [0x3ec8f720, 0x02461e29];

/** The ten rounds of Philox4x32 on the counter in `block`, whose place the four random words take. */
function philox(block: Uint32Array, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = block as unknown as [number, number, number, number];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0 >>> 0;
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** The upper half of the 64-bit product of two uint32. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // below 2^33, exact
  const carried = aLow * bHigh + (middle % 0x10000);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000);
}

/** Calls `use` for each four words, `size` of them in all, of the stream that the seed names. */
function forEachBlock(
  [seed, draw]: Seed,
  size: number,
  use: (words: Uint32Array, start: number) => void,
): void {
  const mix = new Uint32Array([seed, seed < 0 ? -1 : 0, draw, draw < 0 ? -1 : 0]);
  philox(mix, ...SCRAMBLE);
  const [key0, key1, high0, high1] = mix as unknown as [number, number, number, number];
  const block = new Uint32Array(4);
  for (let start = 0, index = 0; start < size; start += 4, index++) {
    block[0] = index;
    block[1] = 0;
    block[2] = high0;
    block[3] = high1;
    philox(block, key0, key1);
    use(block, start);
  }
}

/** A uint32 as a number in [0, 1), in steps of 2^-23. */
const toUnit = (word: number) => (word & 0x7fffff) / 0x800000;

/** `size` numbers, even in [0, 1). */
export function uniformValues(seed: Seed, size: number): Float32Array {
  const values = new Float32Array(size);
  forEachBlock(seed, size, (words, start) => {
    for (let lane = 0; lane < 4 && start + lane < size; lane++) values[start + lane] = toUnit(words[lane]!);
  });
  return values;
}

/** `size` numbers of the normal distribution of mean 0 and standard deviation 1, by Box and Muller's method. */
export function normalValues(seed: Seed, size: number): Float32Array {
  const values = new Float32Array(Math.ceil(size / 4) * 4);
  forEachBlock(seed, size, (words, start) => {
    for (let lane = 0; lane < 4; lane += 2) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(toUnit(words[lane]!), 1e-7)));
      const angle = 2 * Math.PI * toUnit(words[lane + 1]!);
      values[start + lane] = radius * Math.sin(angle);
      values[start + lane + 1] = radius * Math.cos(angle);
    }
  });
  return values.subarray(0, size);
}

/** `size` numbers, each 0 with probability `rate`, else 1 / (1 − rate). */
export function dropoutMaskValues(seed: Seed, size: number, rate: number): Float32Array {
  const values = uniformValues(seed, size);
  const kept = 1 / (1 - rate);
  const bound = Math.fround(rate);
  for (let index = 0; index < size; index++) values[index] = values[index]! >= bound ? kept : 0;
  return values;
}
