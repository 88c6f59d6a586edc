import type { JsonNode } from '../json/json_node.js';
import {
  type MetaspaceOptions,
  metaspaceOptionsFromJSON,
  metaspaceOptionsToJSON,
} from '../pre_tokenizers/metaspace.js';
import type { Decoder } from './decoder.js';

/** Makes marks of spaces spaces again; those of the first token are left out if one was put there. */
export class MetaspaceDecoder implements Decoder {
  constructor(private readonly options: MetaspaceOptions) {}

  static fromJSON(json: JsonNode): MetaspaceDecoder {
    return new MetaspaceDecoder(metaspaceOptionsFromJSON(json));
  }

  decode(tokens: string[]): string[] {
    const { replacement, prependScheme } = this.options;
    const first = prependScheme === 'never' ? ' ' : '';
    return tokens.map((token, i) => token.replaceAll(replacement, i === 0 ? first : ' '));
  }

  toJSON(): object {
    return metaspaceOptionsToJSON(this.options);
  }
}
