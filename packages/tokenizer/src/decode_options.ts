export interface DecodeOptions {
  /** Leaves special tokens out. */
  skipSpecialTokens?: boolean;
  /**
   * Takes spaces before punctuation and English contractions away; if not given, as tokenizer_config.json says, but never
   * for a BPE.
   */
  cleanUpTokenizationSpaces?: boolean;
}

/** Ids as numbers. @throws TypeError if they are none */
export function* integers(ids: Iterable<number | bigint>): Generator<number> {
  if (typeof ids !== 'object' || ids === null || !(Symbol.iterator in ids))
    throw new TypeError(`ids must be a list of integers, but are ${String(ids)}`);
  for (const given of ids) {
    const id = typeof given === 'bigint' ? Number(given) : given;
    if (!Number.isInteger(id))
      throw new TypeError(`ids must be integers, but one is ${JSON.stringify(id) ?? 'undefined'}`);
    yield id;
  }
}
