import { randomStream, shuffle } from '../random.js';
import type { Pair, Split } from './pair.js';

/** Most pairs that a split of its own gets. */
const MOST = 1000;

/**
 * Splits `parts` off the pairs: each gets a tenth of them, at least one and at most 1,000, chosen by seed. Pairs of the
 * same source stay together, so that no source of a part is in another or in training; the order is kept.
 *
 * @throws RangeError if there are too few different sources for every part to have one.
 */
export function splitPairs(
  pairs: readonly Pair[],
  { seed, parts }: { seed: number; parts: readonly Exclude<Split, 'train'>[] },
): Partial<Record<Split, Pair[]>> & { train: Pair[] } {
  const counts = new Map<string, number>();
  for (const { source } of pairs) counts.set(source, (counts.get(source) ?? 0) + 1);
  if (counts.size < parts.length + 1) {
    throw new RangeError(
      `pairs must have ${parts.length + 1} different sources to split off ${parts.join(' and ')}, but have ${counts.size}`,
    );
  }
  const share = Math.min(MOST, Math.max(1, Math.floor(pairs.length / 10)));
  const sources = shuffle([...counts.keys()], randomStream(seed));
  const splitOf = new Map<string, Split>();
  for (const [index, part] of parts.entries()) {
    const later = parts.length - index; // the parts that follow, and training
    for (let taken = 0; taken < share && sources.length > later; ) {
      const source = sources.pop()!;
      splitOf.set(source, part);
      taken += counts.get(source)!;
    }
  }
  const splits: Partial<Record<Split, Pair[]>> & { train: Pair[] } = { train: [] };
  for (const part of parts) splits[part] = [];
  for (const pair of pairs) splits[splitOf.get(pair.source) ?? 'train']!.push(pair);
  return splits;
}
