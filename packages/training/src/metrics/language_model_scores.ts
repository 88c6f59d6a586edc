/** How well a language model tells a text. */
export interface LanguageModelScores {
  /** Of a token. */
  readonly perplexity: number;
  /** Of UTF-8: what does not depend on the vocabulary. */
  readonly bitsPerByte: number;
  /** Of a word, where the text has blanks between words. */
  readonly wordPerplexity?: number;
}

/** What a text is made of. */
export interface TextSize {
  /** Of UTF-8. */
  readonly bytes: number;
  /** What blanks and ends of lines part, where there are blanks. */
  readonly words?: number | undefined;
}

/**
 * Scores of a text of which a model told each token, with Σ = Σ −ln p(token): e^(Σ / tokens), Σ / ln 2 / bytes, e^(Σ / words).
 *
 * @param nll Σ, over all tokens
 * @param tokens that were told, ends of documents among them
 * @throws RangeError if there is no token, or the text is empty
 * @see Gao et al. (2020), section 3.1, for bits per byte, https://arxiv.org/abs/2101.00027
 */
export function languageModelScores(
  { nll, tokens }: { nll: number; tokens: number },
  { bytes, words = 0 }: TextSize,
): LanguageModelScores {
  if (!(tokens > 0)) throw new RangeError(`tokens must be above 0, but are ${tokens}`);
  if (!(bytes > 0)) throw new RangeError(`bytes must be above 0, but are ${bytes}`);
  return {
    perplexity: Math.exp(nll / tokens),
    bitsPerByte: nll / Math.LN2 / bytes,
    ...(words > 0 && { wordPerplexity: Math.exp(nll / words) }),
  };
}
