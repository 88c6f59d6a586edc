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
 * Holds out a share of the texts: every so-manieth document where there are many, else the end of each.
 *
 * @throws Error if the share is no whole text.
 */
export function holdOut(
  documents: readonly TextDocument[],
  share: number,
): { train: TextDocument[]; eval: TextDocument[] } {
  const every = Math.round(1 / share);
  const isHeldOut = (index: number) => index % every === every - 1;
  if (documents.length >= MANY * every) {
    return {
      train: documents.filter((_, index) => !isHeldOut(index)),
      eval: documents.filter((_, index) => isHeldOut(index)),
    };
  }
  const cuts = documents.map(({ length }) => length - Math.floor(share * length));
  const held = documents.map((texts, index) => texts.slice(cuts[index])).filter(({ length }) => length > 0);
  if (held.length === 0) {
    const most = Math.max(...documents.map(({ length }) => length));
    throw new Error(
      `data.evalShare must be a text of a document at least, but is ${share} of ${most} texts; give data.eval`,
    );
  }
  return { train: documents.map((texts, index) => texts.slice(0, cuts[index])), eval: held };
}

/** Documents that are held out at least where whole ones are. */
const MANY = 2;
