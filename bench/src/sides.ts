import { InvalidArgumentError } from 'commander';

/** Who is compared. */
export const SIDES = ['chui', 'pytorch'] as const;

export type Side = (typeof SIDES)[number];

export const SIDE_NAMES: Readonly<Record<Side, string>> = { chui: 'chui', pytorch: 'PyTorch' };

/** An option that names some of them, with commas between. */
export function sideList(text: string): Side[] {
  const named = text.split(',') as Side[];
  if (named.every((side) => SIDES.includes(side))) return SIDES.filter((side) => named.includes(side));
  throw new InvalidArgumentError(`must be of ${SIDES.join(', ')}`);
}
