import { readText } from '@chui/training';

/** A document: its texts in their order. */
export type TextDocument = readonly string[];

/**
 * The documents of plain files, a text a line, with empty lines between documents; each file begins another one.
 *
 * @throws Error of one line naming the file and the rule if it is missing, empty or not UTF-8.
 */
export async function readDocuments(paths: readonly string[]): Promise<TextDocument[]> {
  const documents: TextDocument[] = [];
  for (const path of paths) {
    const before = documents.length;
    for await (const text of readText(path, { unit: 'paragraph' })) documents.push(text.split('\n'));
    if (documents.length === before) throw new Error(`${path} must have a text, but has none`);
  }
  return documents;
}

/**
 * Holds out a share of documents, which are texts or lists of them: every so-manieth one where there are many, else the end of each.
 *
 * @throws Error if the share is no whole text, or no character of one.
 */
export function holdOut<D extends TextDocument | string>(
  documents: readonly D[],
  share: number,
): { train: D[]; eval: D[] } {
  const every = Math.round(1 / share);
  const isHeldOut = (index: number) => index % every === every - 1;
  if (documents.length >= MANY * every) {
    return {
      train: documents.filter((_, index) => !isHeldOut(index)),
      eval: documents.filter((_, index) => isHeldOut(index)),
    };
  }
  const parts = documents.map((document) =>
    cutAt(document, document.length - Math.floor(share * document.length)),
  );
  const held = parts.map(([, end]) => end).filter(({ length }) => length > 0);
  if (held.length === 0) {
    const most = Math.max(...documents.map(({ length }) => length));
    const unit = typeof documents[0] === 'string' ? 'character' : 'text';
    throw new Error(
      `data.evalShare must be a ${unit} of a document at least, but is ${share} of ${most} ${unit}s; give data.eval`,
    );
  }
  return { train: parts.map(([begin]) => begin), eval: held };
}

/** The two parts of a document, of whole characters. */
function cutAt<D extends TextDocument | string>(document: D, place: number): [begin: D, end: D] {
  const isInside = typeof document === 'string' && document.codePointAt(place - 1)! > 0xffff;
  const at = isInside ? place - 1 : place;
  return [document.slice(0, at) as D, document.slice(at) as D];
}

/** Documents that are held out at least where whole ones are. */
const MANY = 2;
