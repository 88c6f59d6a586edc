import type { JsonNode } from '../json/json_node.js';
import type { Decoder } from './decoder.js';

/** Makes the suffix that ends words a space, but at the end of the text. */
export class BpeDecoder implements Decoder {
  constructor(private readonly suffix: string) {}

  static fromJSON(json: JsonNode): BpeDecoder {
    return new BpeDecoder(json.get('suffix').string());
  }

  decode(tokens: string[]): string[] {
    return tokens.map((token, i) => token.replaceAll(this.suffix, i === tokens.length - 1 ? '' : ' '));
  }

  toJSON(): object {
    return { type: 'BPEDecoder', suffix: this.suffix };
  }
}
