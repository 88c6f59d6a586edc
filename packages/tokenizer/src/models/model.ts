/** A piece of a word with its id; `start` and `end` are UTF-16 indices in the word. */
export interface Token {
  id: number;
  text: string;
  start: number;
  end: number;
}

/** Turns words into tokens of a vocabulary. */
export interface Model {
  /** The token of unknown words, if the model has one. */
  readonly unkToken: string | undefined;
  /** How many tokens the vocabulary has. */
  readonly size: number;
  /** Whether the same word may become other tokens the next time, as with dropout. */
  readonly isRandom?: boolean;
  tokenize(word: string): Token[];
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** The vocabulary by rising id. */
  entries(): [token: string, id: number][];
  /** The component as it stands in a tokenizer.json. */
  toJSON(): object;
}
