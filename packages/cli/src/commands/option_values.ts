import { InvalidArgumentError } from 'commander';

/** An option that is a whole number from 1. */
export function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('it must be an integer from 1');
  return number;
}

/** An option that is a whole number from 0. */
export function wholeNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < 0) {
    throw new InvalidArgumentError('it must be an integer from 0');
  }
  return number;
}

/** An option that is a number above 0. */
export function positiveNumber(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('it must be a number above 0');
  return number;
}

/** An option that is a list of names with commas between. */
export function nameList(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('it must be names with commas between them');
  return names;
}

/** An option that is a number above 0 and below 1. */
export function shareBelow1(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number < 1)) throw new InvalidArgumentError('it must be a number between 0 and 1');
  return number;
}
