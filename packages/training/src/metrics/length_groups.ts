/** Share of all texts that a group has at least. */
const SMALLEST_SHARE = 0.1;

/** Texts of like length. */
export interface LengthGroup {
  /** Shortest and longest length of the group. */
  readonly from: number;
  readonly to: number;
  /** Places of the texts among all, ascending. */
  readonly indices: number[];
}

/**
 * Puts texts of like length together, all of one length in one group. From the shortest on, a group takes the next
 * length until it has a tenth of all texts; what is left at the end goes to the last group.
 *
 * @param lengths length of each text
 * @returns groups by ascending length, each text in one of them; none where there is no text
 */
export function lengthGroups(lengths: readonly number[]): LengthGroup[] {
  const enough = SMALLEST_SHARE * lengths.length;
  const bounds: { from: number; to: number; count: number }[] = [];
  for (const length of [...lengths].sort((a, b) => a - b)) {
    const last = bounds.at(-1);
    if (!last || (last.count >= enough && last.to !== length)) {
      bounds.push({ from: length, to: length, count: 1 });
    } else {
      last.to = length;
      last.count += 1;
    }
  }
  if (bounds.length > 1 && bounds.at(-1)!.count < enough) {
    const { to } = bounds.pop()!;
    bounds.at(-1)!.to = to;
  }
  return bounds.map(({ from, to }) => ({
    from,
    to,
    indices: [...lengths.keys()].filter((index) => lengths[index]! >= from && lengths[index]! <= to),
  }));
}
