import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Puts a text before what is not empty. */
export class Prepend implements Normalizer {
  constructor(private readonly prefix: string) {}

  static fromJSON(json: JsonNode): Prepend {
    return new Prepend(json.get('prepend').string());
  }

  normalize(text: NormalizedString): NormalizedString {
    return text.prepend(this.prefix);
  }

  toJSON(): object {
    return { type: 'Prepend', prepend: this.prefix };
  }
}
