/** The numbers of a piece's types in the file. */
const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 };

export type Piece = [piece: string, score: number, type?: keyof typeof pieceTypes];

interface Contents {
  pieces: Piece[];
  algorithm?: 'Unigram' | 'BPE' | 'word' | 'character';
  byteFallback?: boolean;
  unknownText?: string;
  addDummyPrefix?: boolean;
  removeExtraWhitespaces?: boolean;
  escapeWhitespaces?: boolean;
  spacesAfter?: boolean;
}

/** Writes a SentencePiece file, for tests. */
export function sentencePieceFile({ pieces, ...contents }: Contents): Uint8Array {
  const algorithm = ['Unigram', 'BPE', 'word', 'character'].indexOf(contents.algorithm ?? 'Unigram') + 1;
  const trainer = [
    ...integer(3, algorithm),
    ...flag(24, contents.spacesAfter),
    ...flag(35, contents.byteFallback),
    ...integer(43, 2 ** 32 - 1), // the usual -1 for no padding, shortened
    ...(contents.unknownText === undefined
      ? []
      : bytes(44, [...new TextEncoder().encode(contents.unknownText)])),
  ];
  const normalizer = [
    ...flag(3, contents.addDummyPrefix),
    ...flag(4, contents.removeExtraWhitespaces),
    ...flag(5, contents.escapeWhitespaces),
  ];
  return Uint8Array.from([
    ...pieces.flatMap(([piece, score, type = 'normal']) => [
      ...bytes(1, [
        ...bytes(1, [...new TextEncoder().encode(piece)]),
        ...varint((2 << 3) | 5),
        ...new Uint8Array(Float32Array.of(score).buffer),
        ...(type === 'normal' ? [] : integer(3, pieceTypes[type])),
      ]),
    ]),
    ...bytes(2, trainer),
    ...bytes(3, normalizer),
  ]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
}

const integer = (number: number, value: number) => [...varint(number << 3), ...varint(value)];

const flag = (number: number, value: boolean | undefined) =>
  value === undefined ? [] : integer(number, Number(value));

const bytes = (number: number, value: number[]) => [
  ...varint((number << 3) | 2),
  ...varint(value.length),
  ...value,
];
