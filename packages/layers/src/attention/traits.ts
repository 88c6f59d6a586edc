/** Where an attention was described first, or what names it. */
export interface Paper {
  /** Surnames: `Vaswani et al.` */
  readonly authors: string;
  readonly year: number;
  readonly url: string;
}

/** What an attention is and what it can do, as it is without options: the rows of the table of all attentions. */
export interface AttentionTraits {
  /** What makes the context of queries, keys and values, in a line. */
  readonly formula: string;
  readonly paper: Paper;
  /** Which masks it takes: any of `Attention`, or only those that hide slots from every query, (B, S). */
  readonly masks: 'pairs' | 'slots';
  /** Whether `causal: true` keeps queries from later slots. */
  readonly causal: boolean;
  /** Whether `attendCached` decodes step by step. */
  readonly cacheable: boolean;
  /** Whether the order of the slots is of no account, so that it takes positions to tell it. */
  readonly permutationInvariant: boolean;
  /** Whether the weights of a query sum to 1. */
  readonly normalized: boolean;
  /** Whether it is its own definition, or equal to it; not exact is what stands in for another attention. */
  readonly exact: boolean;
  /** Arithmetic as it grows with T, S and the widths: `T·S·D`. */
  readonly time: string;
  /** Numbers that are held at once besides inputs and outputs. */
  readonly memory: string;
}
