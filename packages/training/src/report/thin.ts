/** A place of a curve; one that stands for several is at their mean and has the lowest and the highest of them. */
export type Point = readonly [x: number, y: number, low?: number, high?: number];

/** At most so many of many points: one for each of equal parts of x, from the first x to the last. Fewer stay as they are. */
export function thin(points: readonly Point[], parts: number): Point[] {
  if (points.length <= parts) return [...points];
  const [from, to] = [points[0]![0], points.at(-1)![0]];
  const groups = Array.from({ length: parts }, (): Point[] => []);
  for (const point of points) {
    const part = Math.floor((parts * (point[0] - from)) / (to - from || 1));
    groups[Math.min(part, parts - 1)]!.push(point);
  }
  const filled = groups.filter(({ length }) => length > 0);
  return filled.map((group, i) => {
    const x = i === 0 ? from : i === filled.length - 1 ? to : group[Math.floor(group.length / 2)]![0];
    return group.length === 1 ? group[0]! : merge(x, group);
  });
}

function merge(x: number, group: readonly Point[]): Point {
  const mean = group.reduce((sum, [, y]) => sum + y, 0) / group.length;
  const low = Math.min(...group.map(([, y, least = y]) => least));
  const high = Math.max(...group.map(([, y, , most = y]) => most));
  return [x, Number(mean.toPrecision(6)), low, high];
}
