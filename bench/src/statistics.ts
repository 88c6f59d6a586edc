/** The quantile of a share between 0 and 1, with linear interpolation between neighbours. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('values must not be empty');
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How many times faster than a peer something is. */
export interface Speed {
  /** Of the medians of all steps. */
  readonly overall: number;
  /** Of each round's medians: their median, the least, the largest. */
  readonly rounds: { readonly median: number; readonly least: number; readonly largest: number };
}

/** Compares the times of two contenders' steps, given round by round. */
export function speed(own: readonly (readonly number[])[], peer: readonly (readonly number[])[]): Speed {
  const ratios = own.map((steps, round) => median(peer[round]!) / median(steps));
  return {
    overall: median(peer.flat()) / median(own.flat()),
    rounds: { median: median(ratios), least: Math.min(...ratios), largest: Math.max(...ratios) },
  };
}

/** Of the line nearest to points (x, y) above 0, by least squares, on logarithmic scales: y grows as x to this power. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: readonly number[]) => of.reduce((sum, each) => sum + each, 0) / of.length;
  const [mx, my] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))];
  const products = logs.map(([x, y]) => (x - mx) * (y - my));
  return mean(products) / mean(logs.map(([x]) => (x - mx) ** 2));
}
