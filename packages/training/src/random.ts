/** A uniform draw from [0, 1). */
export type Random = () => number;

/** Mixes the bits of a 32-bit integer: the finalizer of MurmurHash3, a bijection. */
export function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * A stream of random numbers that is the same for the same seeds, on every machine, and another for any other list of
 * seeds: Chris Doty-Humphrey's sfc32.
 *
 * @param seeds integers, of which the lowest 32 bits count
 * @throws RangeError if a seed is not an integer.
 */
export function randomStream(...seeds: number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (const seed of seeds) {
    if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, but is ${seed}`);
    a ^= mixBits(seed + 0x9e3779b9);
    for (let round = 0; round < 12; round++) next();
  }
  return () => next() / 2 ** 32;
}

/** Brings the elements into a random order, in place, each order being equally likely (Fisher and Yates). */
export function shuffle<A extends unknown[] | Int32Array>(values: A, random: Random): A {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

/** `count` different integers from 0 to `total` − 1 in random order, in time and memory of `count`. */
export function sample(total: number, count: number, random: Random): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, index) => {
    const chosen = index + Math.floor(random() * (total - index));
    const value = moved.get(chosen) ?? chosen;
    moved.set(chosen, moved.get(index) ?? index);
    return value;
  });
}
