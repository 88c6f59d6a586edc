import type { Decoder } from './decoder.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads tokens such as `<0xE3>` as bytes of UTF-8; each byte of what is none becomes U+FFFD. */
export class ByteFallback implements Decoder {
  decode(tokens: string[]): string[] {
    const parts: string[] = [];
    let bytes: number[] = [];
    const flush = () => {
      for (const part of charactersOf(bytes)) parts.push(part);
      bytes = [];
    };
    for (const token of tokens) {
      const byte = byteOf(token);
      if (byte === undefined) {
        flush();
        parts.push(token);
      } else {
        bytes.push(byte);
      }
    }
    flush();
    return parts;
  }

  toJSON(): object {
    return { type: 'ByteFallback' };
  }
}

/** The byte that a token such as `<0xE3>` stands for. */
function byteOf(token: string): number | undefined {
  const digits = /^<0x([0-9a-fA-F]{2}|\+[0-9a-fA-F])>$/.exec(token)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function charactersOf(bytes: readonly number[]): string[] {
  if (bytes.length === 0) return [];
  try {
    return [decoder.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\ufffd');
  }
}
