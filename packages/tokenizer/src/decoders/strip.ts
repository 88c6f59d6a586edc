import type { JsonNode } from '../json/json_node.js';
import type { Decoder } from './decoder.js';

/** Takes a character away from the start and the end of each token, up to so many times. */
export class StripDecoder implements Decoder {
  constructor(
    private readonly content: string,
    private readonly start: number,
    private readonly stop: number,
  ) {}

  static fromJSON(json: JsonNode): StripDecoder {
    return new StripDecoder(
      json.get('content').character(),
      json.get('start').integer(),
      json.get('stop').integer(),
    );
  }

  decode(tokens: string[]): string[] {
    const { content, start, stop } = this;
    return tokens.map((token) => {
      let [begin, end] = [0, token.length];
      for (let i = 0; i < start && token.startsWith(content, begin); i++) begin += content.length;
      for (let i = 0; i < stop && end > begin && token.endsWith(content, end); i++) end -= content.length;
      return token.slice(begin, Math.max(begin, end));
    });
  }

  toJSON(): object {
    return { type: 'Strip', content: this.content, start: this.start, stop: this.stop };
  }
}
