import { createHash } from 'node:crypto';
import type { Grouped } from './rows.js';

/**
 * Deals rows into parts by seed. Rows of a group stay together: groups are dealt in turn, in the order of the SHA-256 of
 * `seed:group`, so that parts have as many groups each, or one fewer. Within a part rows keep their order.
 *
 * @throws RangeError if there are fewer than 2 parts, or fewer groups than parts.
 */
export function dealParts<R extends Grouped>(rows: readonly R[], count: number, seed: number): R[][] {
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(`folds must be an integer of at least 2, but is ${count}`);
  }
  const groupOf = ({ group }: R, index: number) => group ?? `row ${index}`;
  const groups = [...new Set(rows.map(groupOf))];
  if (groups.length < count) {
    throw new RangeError(`folds must be at most the number of groups, ${groups.length}, but is ${count}`);
  }
  const hash = (group: string) => createHash('sha256').update(`${seed}:${group}`).digest('hex');
  const order = groups.map((group) => [hash(group), group] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const partOf = new Map(order.map(([, group], place) => [group, place % count]));
  const parts: R[][] = Array.from({ length: count }, () => []);
  rows.forEach((row, index) => {
    parts[partOf.get(groupOf(row, index))!]!.push(row);
  });
  return parts;
}

/** The rows of one part, from 1, to test on, and those of all others to train on, in their order. */
export function splitOff<R extends Grouped>(
  rows: readonly R[],
  { folds, fold, seed }: { folds: number; fold: number; seed: number },
): { train: R[]; eval: R[] } {
  const parts = dealParts(rows, folds, seed);
  const tested = parts[fold - 1];
  if (!tested) throw new RangeError(`fold must be from 1 to ${folds}, but is ${fold}`);
  const isTested = new Set(tested);
  return { train: rows.filter((row) => !isTested.has(row)), eval: tested };
}
