import type { Encoding } from '../encoding.js';

/** Puts what a model needs around the encoding of a text, or of a pair. */
export interface PostProcessor {
  /** How many tokens are put around a text, or a pair. */
  addedTokens(isPair: boolean): number;
  /**
   * @param encodings that of the text, and that of its pair if there is one
   * @returns what, joined, is the encoding of both
   */
  process(encodings: Encoding[], addSpecialTokens: boolean): Encoding[];
  /** The component as it stands in a tokenizer.json. */
  toJSON(): object;
}
