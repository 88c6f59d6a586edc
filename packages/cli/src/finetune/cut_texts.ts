import type { EncodeOptions, Encoding, TextOrWords, Tokenizer } from '@chui/tokenizer';

/** A tokenizer that counts what it had to cut. */
export class CutTexts {
  /** Texts, or pairs, that were longer than they may be. */
  count = 0;

  constructor(private readonly tokenizer: Tokenizer) {}

  encode(text: TextOrWords, options?: EncodeOptions & { pair?: TextOrWords }): Encoding {
    const encoding = this.tokenizer.encode(text, options);
    if (encoding.overflowing.length > 0) this.count++;
    return encoding;
  }
}
