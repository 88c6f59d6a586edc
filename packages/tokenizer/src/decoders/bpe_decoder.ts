import type { JsonNode } from '../json/json_node.js';
import { literalPattern } from '../text/pattern.js';
import type { Decoder } from './decoder.js';

/** Makes the suffix that ends words a space, but at the end of the text. */
export class BpeDecoder implements Decoder {
  private readonly regex: RegExp;

  constructor(private readonly suffix: string) {
    this.regex = literalPattern(suffix);
  }

  static fromJSON(json: JsonNode): BpeDecoder {
    return new BpeDecoder(json.get('suffix').string());
  }

  decode(tokens: string[]): string[] {
    return tokens.map((token, i) => token.replace(this.regex, i === tokens.length - 1 ? '' : ' '));
  }

  toJSON(): object {
    return { type: 'BPEDecoder', suffix: this.suffix };
  }
}
