import type { JsonNode } from '../json/json_node.js';
import type { Registry } from '../json/registry.js';
import type { Decoder } from './decoder.js';

/** Decoders one after the other: each reads what the one before gave. */
export class DecoderSequence implements Decoder {
  constructor(private readonly decoders: Decoder[]) {}

  static fromJSON(json: JsonNode, registry: Registry<Decoder>): DecoderSequence {
    const parts = json.get('decoders').items();
    return new DecoderSequence(parts.map((part) => registry.build(part)));
  }

  decode(tokens: string[]): string[] {
    return this.decoders.reduce((parts, decoder) => decoder.decode(parts), tokens);
  }

  toJSON(): object {
    return { type: 'Sequence', decoders: this.decoders };
  }
}
