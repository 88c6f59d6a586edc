/** @throws RangeError unless `value` is a whole number above zero. */
export function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value <= 0) {
    throw new RangeError(`${name} must be a positive integer, but is ${value}`);
  }
  return value;
}

/** @throws RangeError unless `value` is a number from `least` on, and below `limit` where one is given. */
export function numberFrom(name: string, value: number, least: number, limit = Infinity): number {
  if (!(value >= least && value < limit)) {
    const rule = limit === Infinity ? `a number from ${least} on` : `from ${least} to below ${limit}`;
    throw new RangeError(`${name} must be ${rule}, but is ${value}`);
  }
  return value;
}
