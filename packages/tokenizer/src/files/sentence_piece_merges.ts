import { pieceTypes, type SentencePiece } from './sentence_piece_model.js';

/**
 * The merges that make the pieces of a SentencePiece BPE model, which has none: each way to put a piece together from
 * two others, the piece of the highest score first; of the same score those with the longest left part, then right part, as
 * transformers has them.
 */
export function sentencePieceMerges(pieces: readonly SentencePiece[]): [left: string, right: string][] {
  const isNormal = ({ type }: SentencePiece) => type === pieceTypes.normal || type === pieceTypes.userDefined;
  const ids = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (isNormal(piece)) ids.set(piece.piece, id);
  });
  return pieces
    .filter(isNormal)
    .flatMap(({ piece, score }) => waysTo(piece, ids).map(([left, right]) => ({ left, right, score })))
    .sort((a, b) => b.score - a.score || count(b.left) - count(a.left) || count(b.right) - count(a.right))
    .map(({ left, right }) => [left, right]);
}

/** The pairs that make a piece, by their ids. */
function waysTo(piece: string, ids: ReadonlyMap<string, number>): [left: string, right: string][] {
  const ways: [string, string][] = [];
  for (let i = 1; i < piece.length; i++) {
    const [left, right] = [piece.slice(0, i), piece.slice(i)];
    if (ids.has(left) && ids.has(right)) ways.push([left, right]);
  }
  const [left, right] = [0, 1].map((side) => (way: [string, string]) => ids.get(way[side]!)!);
  return ways.sort((a, b) => left!(a) - left!(b) || right!(a) - right!(b));
}

/** Number of code points. */
const count = (text: string) => text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
