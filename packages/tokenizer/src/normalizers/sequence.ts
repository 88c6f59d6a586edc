import type { JsonNode } from '../json/json_node.js';
import type { Registry } from '../json/registry.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Normalizers one after the other. */
export class NormalizerSequence implements Normalizer {
  constructor(private readonly normalizers: Normalizer[]) {}

  static fromJSON(json: JsonNode, registry: Registry<Normalizer>): NormalizerSequence {
    const parts = json.get('normalizers').items();
    return new NormalizerSequence(parts.map((part) => registry.build(part)));
  }

  normalize(text: NormalizedString): NormalizedString {
    return this.normalizers.reduce((normalized, normalizer) => normalizer.normalize(normalized), text);
  }

  toJSON(): object {
    return { type: 'Sequence', normalizers: this.normalizers };
  }
}
