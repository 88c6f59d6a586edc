import type { JsonNode } from '../json/json_node.js';
import {
  type ByteLevelOptions,
  byteLevelOptionsFromJSON,
  byteLevelOptionsToJSON,
} from '../pre_tokenizers/byte_level.js';
import { unitBytes } from '../text/byte_level.js';
import type { Decoder } from './decoder.js';

/** Reads the characters of tokens as the bytes that they stand for. A token with other characters stands for itself. */
export class ByteLevelDecoder implements Decoder {
  constructor(private readonly options: ByteLevelOptions) {}

  static fromJSON(json: JsonNode): ByteLevelDecoder {
    return new ByteLevelDecoder(byteLevelOptionsFromJSON(json));
  }

  decode(tokens: string[]): string[] {
    const parts = tokens.map((token) => bytesOf(token) ?? encoder.encode(token));
    const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let length = 0;
    for (const part of parts) {
      bytes.set(part, length);
      length += part.length;
    }
    return [decoder.decode(bytes)];
  }

  toJSON(): object {
    return byteLevelOptionsToJSON(this.options);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function bytesOf(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = unitBytes[token.charCodeAt(i)] ?? -1;
    if (byte === -1) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
