import { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';
import type { PostProcessor } from './post_processor.js';
import { encodingOf, type SpecialToken, specialTokenFromJSON } from './special_token.js';

/** `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]` whose second half has type 1. */
export class BertProcessing implements PostProcessor {
  constructor(
    private readonly sep: SpecialToken,
    private readonly cls: SpecialToken,
  ) {}

  static fromJSON(json: JsonNode): BertProcessing {
    return new BertProcessing(specialTokenFromJSON(json.get('sep')), specialTokenFromJSON(json.get('cls')));
  }

  addedTokens(isPair: boolean): number {
    return isPair ? 3 : 2;
  }

  process(encodings: Encoding[], addSpecialTokens: boolean): Encoding[] {
    if (!addSpecialTokens) return encodings;
    return encodings.map((encoding, i) => {
      const end = encodingOf(this.sep, i);
      return Encoding.concat(i === 0 ? [encodingOf(this.cls, 0), encoding, end] : [encoding, end]);
    });
  }

  toJSON(): object {
    return { type: 'BertProcessing', sep: this.sep, cls: this.cls };
  }
}
