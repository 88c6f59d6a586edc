import type { CheckedArgs } from './args.js';

/** What of the arguments is plain data; Infinity stands as a text. */
export function plainArgs(args: CheckedArgs): Readonly<Record<string, unknown>> {
  const { signal, ...rest } = args;
  const plain = Object.entries(rest).filter(
    ([, value]) => value !== undefined && typeof value !== 'function',
  );
  return Object.fromEntries(plain.map(([name, value]) => [name, value === Infinity ? 'Infinity' : value]));
}
