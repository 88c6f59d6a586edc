/** How often each n-gram occurs. */
export type Counts = Map<string, number>;

/** Counts the n-grams of one order, the parts of each joined by `separator`. */
export function countNgrams(parts: readonly string[], order: number, separator: string): Counts {
  const counts: Counts = new Map();
  for (let start = 0; start + order <= parts.length; start++) {
    const ngram = parts.slice(start, start + order).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams of one text are in the other as well, each at most as often as it is there. */
export function overlap(counts: Counts, other: Counts): number {
  let matches = 0;
  for (const [ngram, count] of counts) matches += Math.min(count, other.get(ngram) ?? 0);
  return matches;
}

/** How many n-grams there are. */
export function total(counts: Counts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
