/** A text and its translation. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** Names of the parts of a data set. */
export type Split = 'train' | 'dev' | 'test';

/** Pairs to learn from, to choose by, and to report on. */
export type PairSplits = Record<Split, Pair[]>;
