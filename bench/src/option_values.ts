import { InvalidArgumentError } from 'commander';

/** An option that is a number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('must be a number');
}

/** An option that names some of what there is, with commas between; they come in the order of what there is. */
export const someOf =
  <Name extends string>(known: readonly Name[]) =>
  (text: string): Name[] => {
    const named = text.split(',');
    if (named.every((name) => (known as readonly string[]).includes(name))) {
      return known.filter((name) => named.includes(name));
    }
    throw new InvalidArgumentError(`must be of ${known.join(', ')}`);
  };
