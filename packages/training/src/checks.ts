/** @throws RangeError unless `value` is a whole number above zero. */
export function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value <= 0) {
    throw new RangeError(`${name} must be a positive integer, but is ${value}`);
  }
  return value;
}

/** @throws RangeError unless `value` is a number above zero. */
export function above0(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} must be above 0, but is ${value}`);
  return value;
}

/** @throws RangeError unless `value` is zero or above, and below `limit`. */
export function from0(name: string, value: number, limit = Infinity): number {
  if (!(value >= 0 && value < limit)) {
    throw new RangeError(
      `${name} must be at least 0${limit < Infinity ? ` and below ${limit}` : ''}, but is ${value}`,
    );
  }
  return value;
}

/** @throws RangeError unless `value` is one of those. */
export function oneOf<const T extends string>(name: string, value: T, values: readonly T[]): T {
  if (!values.includes(value)) {
    throw new RangeError(`${name} must be one of ${values.join(', ')}, but is ${value}`);
  }
  return value;
}
