import type { JsonNode } from '../json/json_node.js';
import { cleanUp } from './clean_up.js';
import type { Decoder } from './decoder.js';

/** Joins pieces that begin with the prefix to what is before them, and others by a space. */
export class WordPieceDecoder implements Decoder {
  /** @param cleanup takes spaces before punctuation away */
  constructor(
    private readonly prefix: string,
    private readonly cleanup: boolean,
  ) {}

  static fromJSON(json: JsonNode): WordPieceDecoder {
    return new WordPieceDecoder(json.get('prefix').string(), json.get('cleanup').boolean());
  }

  decode(tokens: string[]): string[] {
    return tokens.map((token, i) => {
      const joined = i === 0 ? token : this.join(token);
      return this.cleanup ? cleanUp(joined) : joined;
    });
  }

  private join(token: string): string {
    return token.startsWith(this.prefix) ? token.slice(this.prefix.length) : ` ${token}`;
  }

  toJSON(): object {
    return { type: 'WordPiece', prefix: this.prefix, cleanup: this.cleanup };
  }
}
