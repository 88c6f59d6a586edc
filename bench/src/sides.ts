import { someOf } from './option_values.js';

/** Who is compared. */
export const SIDES = ['chui', 'pytorch'] as const;

export type Side = (typeof SIDES)[number];

export const SIDE_NAMES: Readonly<Record<Side, string>> = { chui: 'chui', pytorch: 'PyTorch' };

/** An option that names some of them, with commas between. */
export const sideList = someOf(SIDES);
