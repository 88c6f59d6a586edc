import type { Vocabulary } from './vocabulary.js';

/** The tokens `<0x00>` to `<0xFF>` of a vocabulary, into which characters that it lacks fall apart. */
export class ByteTokens {
  private readonly ids: (number | undefined)[];
  private readonly encoder = new TextEncoder();

  constructor(vocabulary: Pick<Vocabulary, 'id'>) {
    this.ids = Array.from({ length: 256 }, (_, byte) => vocabulary.id(byteToken(byte)));
  }

  /** The ids of a text's bytes in UTF-8; none unless the vocabulary has all of them. */
  idsOf(text: string): number[] | undefined {
    const ids: number[] = [];
    for (const byte of this.encoder.encode(text)) {
      const id = this.ids[byte];
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }
}

const byteToken = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
