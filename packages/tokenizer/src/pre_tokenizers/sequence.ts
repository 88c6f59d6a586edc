import type { JsonNode } from '../json/json_node.js';
import type { Registry } from '../json/registry.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Pre-tokenizers one after the other: each splits what the one before left. */
export class PreTokenizerSequence implements PreTokenizer {
  constructor(private readonly preTokenizers: PreTokenizer[]) {}

  static fromJSON(json: JsonNode, registry: Registry<PreTokenizer>): PreTokenizerSequence {
    const parts = json.get('pretokenizers').items();
    return new PreTokenizerSequence(parts.map((part) => registry.build(part)));
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return this.preTokenizers.reduce(
      (pieces, preTokenizer) => pieces.flatMap((piece) => preTokenizer.preTokenize(piece)),
      [text],
    );
  }

  toJSON(): object {
    return { type: 'Sequence', pretokenizers: this.preTokenizers };
  }
}
