import { pieceTypes, type SentencePiece } from './sentence_piece_model.js';

/**
 * The merges that make the pieces of a SentencePiece BPE model, which has none: each way to put a piece together from
 * two others, the piece of the highest score first.
 */
export function sentencePieceMerges(pieces: readonly SentencePiece[]): [left: string, right: string][] {
  const normal = pieces.filter(({ type }) => type === pieceTypes.normal || type === pieceTypes.userDefined);
  const known = new Set(normal.map(({ piece }) => piece));
  return [...normal]
    .sort((a, b) => b.score - a.score)
    .flatMap(({ piece }) => {
      const ways: [string, string][] = [];
      for (let i = piece.length - 1; i > 0; i--) {
        const [left, right] = [piece.slice(0, i), piece.slice(i)];
        if (known.has(left) && known.has(right)) ways.push([left, right]);
      }
      return ways;
    });
}
