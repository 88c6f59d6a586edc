/** The value. @throws RangeError if it is not an integer from `least` to `most` */
export function checkInteger(name: string, value: number, least = 0, most = Infinity): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most < Infinity ? `${least} to ${most}` : `${least}`;
  const shown = typeof value === 'string' ? JSON.stringify(value) : value;
  throw new RangeError(`${name} must be an integer from ${range}, but is ${shown}`);
}
