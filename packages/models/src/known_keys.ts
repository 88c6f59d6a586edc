import { closestName } from './closest_name.js';

/**
 * Refuses keys that nothing reads, as a misspelt one would be left out in silence.
 *
 * @param name of the argument, for errors
 * @throws RangeError naming a key that is not known, and the one that was probably meant, or all that there are.
 */
export function checkKnownKeys(name: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const meant = closestName(unknown, known);
  const hint = meant === undefined ? `there are ${known.join(', ')}` : `${meant} is probably meant`;
  throw new RangeError(`${name} must have known keys, but have ${unknown}; ${hint}`);
}
