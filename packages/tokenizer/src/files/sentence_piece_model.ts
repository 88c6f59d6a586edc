import { type ProtobufField, readProtobuf } from './protobuf.js';

/** What a piece is; the numbers are the file's. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface SentencePiece {
  piece: string;
  score: number;
  type: number;
}

/** What a SentencePiece file says, as far as encoding needs it. */
export interface SentencePieceModel {
  pieces: SentencePiece[];
  algorithm: 'Unigram' | 'BPE';
  byteFallback: boolean;
  /** What the unknown piece is decoded to. */
  unknownText: string;
  /** How texts are normalized: SentencePiece's trie and what it maps to; empty if they are not. */
  charsmap: Uint8Array;
  addDummyPrefix: boolean;
  removeExtraWhitespaces: boolean;
}

/**
 * Reads a SentencePiece file.
 *
 * @param name what errors call the file
 * @throws Error if it is damaged, or is of a kind that is not read: words, characters, spaces not written as `▁`, or
 *   after words
 * @see https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
 */
export function readSentencePieceModel(bytes: Uint8Array, name: string): SentencePieceModel {
  const file = new Message(readProtobuf(bytes, name), name);
  const trainer = file.message(2);
  const normalizer = file.message(3);
  const pieces = file.all(1).map((piece) => readPiece(piece, name));
  const unknowns = pieces.filter(({ type }) => type === pieceTypes.unknown).length;
  if (unknowns !== 1) throw new Error(`${name} must have one unknown piece, but has ${unknowns}`);
  if (trainer.flag(24, false))
    throw new Error(`${name} must have its spaces before words, but has them after`);
  if (!normalizer.flag(5, true)) throw new Error(`${name} must write spaces as ▁, but does not`);
  return {
    pieces,
    algorithm: algorithmOf(trainer.integer(3, 1), name),
    byteFallback: trainer.flag(35, false),
    unknownText: trainer.text(44, ' \u2047 '),
    charsmap: normalizer.bytes(2),
    addDummyPrefix: normalizer.flag(3, true),
    removeExtraWhitespaces: normalizer.flag(4, true),
  };
}

function algorithmOf(modelType: number, name: string): 'Unigram' | 'BPE' {
  if (modelType === 1) return 'Unigram';
  if (modelType === 2) return 'BPE';
  const found = ['a word model', 'a character model'][modelType - 3] ?? `of the unknown type ${modelType}`;
  throw new Error(`${name} must be a unigram or BPE model, but is ${found}`);
}

function readPiece(message: Message, name: string): SentencePiece {
  const piece = message.text(1);
  if (piece === '') throw new Error(`${name} must have no empty piece, but has one`);
  return { piece, score: message.float(2), type: message.integer(3, pieceTypes.normal) };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Fields by their numbers; of several with the same number the last counts. */
class Message {
  constructor(
    private readonly fields: readonly ProtobufField[],
    private readonly name: string,
  ) {}

  all(number: number): Message[] {
    return this.values(number).map(
      (value) => new Message(readProtobuf(this.asBytes(value), this.name), this.name),
    );
  }

  message(number: number): Message {
    return this.all(number).at(-1) ?? new Message([], this.name);
  }

  bytes(number: number): Uint8Array {
    return this.asBytes(this.values(number).at(-1) ?? new Uint8Array(0));
  }

  text(number: number, missing = ''): string {
    if (this.values(number).length === 0) return missing;
    try {
      return decoder.decode(this.bytes(number));
    } catch {
      throw new Error(`${this.name} must have its texts in UTF-8, but has not`);
    }
  }

  integer(number: number, missing: number): number {
    const value = this.values(number).at(-1) ?? missing;
    if (typeof value !== 'number') throw this.damaged();
    return value;
  }

  flag(number: number, missing: boolean): boolean {
    return this.integer(number, Number(missing)) !== 0;
  }

  float(number: number): number {
    return new Float32Array(Int32Array.of(this.integer(number, 0)).buffer)[0]!;
  }

  private values(number: number): (number | Uint8Array)[] {
    return this.fields.filter((field) => field.number === number).map(({ value }) => value);
  }

  private asBytes(value: number | Uint8Array): Uint8Array {
    if (typeof value === 'number') throw this.damaged();
    return value;
  }

  private damaged(): Error {
    return new Error(`${this.name} must be a SentencePiece model, but has a field of another type`);
  }
}
