import type { Decoder } from './decoder.js';

/** Joins tokens without spaces. */
export class Fuse implements Decoder {
  decode(tokens: string[]): string[] {
    return [tokens.join('')];
  }

  toJSON(): object {
    return { type: 'Fuse' };
  }
}
