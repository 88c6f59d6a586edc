/** Turns tokens back into text: the parts that it gives, joined, are the text. */
export interface Decoder {
  decode(tokens: string[]): string[];
  /** The component as it stands in a tokenizer.json. */
  toJSON(): object;
}
