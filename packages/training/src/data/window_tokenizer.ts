import type { EncodeOptions, Encoding } from '@chui/tokenizer';

/** What of a tokenizer is needed where pairs of texts are cut into windows; every `Tokenizer` of @chui/tokenizer has it. */
export interface WindowTokenizer {
  encode(text: string, options?: EncodeOptions & { pair?: string }): Encoding;
}
