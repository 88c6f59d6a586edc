/** What is known of the sequence whose next token is chosen. */
export interface ProcessorContext {
  /** Ids so far: the prompt with its padding, or the start id, then what was chosen. */
  readonly ids: readonly number[];
  /** How many of them were given. */
  readonly promptLength: number;
  /** How many of those are padding before the first token. Default 0. */
  readonly padding?: number;
}

/**
 * Changes the scores of a sequence's next token, (V), in place: logits, or in a beam search their log-softmax. −∞ rules a token
 * out.
 */
export type LogitsProcessor = (scores: Float32Array, context: ProcessorContext) => void;

/** Rules out all tokens but one. */
export function forceToken(scores: Float32Array, token: number): void {
  scores.fill(-Infinity);
  scores[token] = 0;
}
