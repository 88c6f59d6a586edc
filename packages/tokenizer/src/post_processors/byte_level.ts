import type { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';
import {
  type ByteLevelOptions,
  byteLevelOptionsFromJSON,
  byteLevelOptionsToJSON,
} from '../pre_tokenizers/byte_level.js';
import type { PostProcessor } from './post_processor.js';
import { trimOffsets } from './trim_offsets.js';

/** Takes white space out of the offsets of tokens, if the file says so. */
export class ByteLevel implements PostProcessor {
  constructor(private readonly options: ByteLevelOptions) {}

  static fromJSON(json: JsonNode): ByteLevel {
    return new ByteLevel(byteLevelOptionsFromJSON(json));
  }

  addedTokens(): number {
    return 0;
  }

  process(encodings: Encoding[]): Encoding[] {
    const { addPrefixSpace } = this.options;
    if (!this.options.trimOffsets) return encodings;
    return encodings.map((encoding) => trimOffsets(encoding, addPrefixSpace));
  }

  toJSON(): object {
    return byteLevelOptionsToJSON(this.options);
  }
}
