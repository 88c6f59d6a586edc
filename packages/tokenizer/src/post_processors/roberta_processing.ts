import { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';
import type { PostProcessor } from './post_processor.js';
import { encodingOf, type SpecialToken, specialTokenFromJSON } from './special_token.js';
import { trimOffsets } from './trim_offsets.js';

export interface RobertaOptions {
  sep: SpecialToken;
  cls: SpecialToken;
  /** Takes white space out of the offsets of tokens. */
  trimOffsets: boolean;
  /** Whether the pre-tokenizer adds a space, which is in no offsets. */
  addPrefixSpace: boolean;
}

/** `<s> text </s>`, or `<s> text </s></s> pair </s>`; all of it has type 0. */
export class RobertaProcessing implements PostProcessor {
  constructor(private readonly options: RobertaOptions) {}

  static fromJSON(json: JsonNode): RobertaProcessing {
    return new RobertaProcessing({
      sep: specialTokenFromJSON(json.get('sep')),
      cls: specialTokenFromJSON(json.get('cls')),
      trimOffsets: json.get('trim_offsets').boolean(),
      addPrefixSpace: json.get('add_prefix_space').boolean(),
    });
  }

  addedTokens(isPair: boolean): number {
    return isPair ? 4 : 2;
  }

  process(encodings: Encoding[], addSpecialTokens: boolean): Encoding[] {
    const { sep, cls, addPrefixSpace } = this.options;
    return encodings.map((encoding, i) => {
      const trimmed = this.options.trimOffsets ? trimOffsets(encoding, addPrefixSpace) : encoding;
      const text = trimmed.withTypeId(0);
      if (!addSpecialTokens) return text;
      return Encoding.concat([encodingOf(i === 0 ? cls : sep, 0), text, encodingOf(sep, 0)]);
    });
  }

  toJSON(): object {
    const { sep, cls, trimOffsets, addPrefixSpace } = this.options;
    return {
      type: 'RobertaProcessing',
      sep,
      cls,
      trim_offsets: trimOffsets,
      add_prefix_space: addPrefixSpace,
    };
  }
}
