import { characterAt } from './characters.js';

/** A Unicode normalization form. */
export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** New characters, and how each replaces old ones, as `NormalizedString.transform` takes them. */
export interface Rewrite {
  characters: string[];
  changes: number[];
}

/**
 * Normalizes a text and tells how: the algorithm of Unicode Standard Annex #15, step by step, since
 * `String.prototype.normalize` does not say what became of a character. A composed character has the alignment of the
 * first it is made of, as in Hugging Face's library. Takes time linear in the text, long runs of marks aside, which are sorted.
 *
 * @returns undefined if the text is in the form already
 */
export function rewriteToForm(text: string, form: UnicodeForm): Rewrite | undefined {
  const known = characterTable(form);
  const rewrite: Rewrite = { characters: [], changes: [] };
  let changed = false;
  const add = (character: string, change: number) => {
    rewrite.characters.push(character);
    rewrite.changes.push(change);
  };
  for (let start = 0; start < text.length; ) {
    let end = start + characterAt(text, start).length;
    const stable = known.isStable(text.codePointAt(start)!);
    const alone = end === text.length || known.isBoundary(text.codePointAt(end)!);
    if (stable && alone) {
      add(text.slice(start, end), 0);
    } else {
      while (end < text.length && !known.isBoundary(text.codePointAt(end)!))
        end += characterAt(text, end).length;
      const decomposed = decompose(text.slice(start, end), form);
      const { characters, changes } = form === 'NFC' || form === 'NFKC' ? compose(decomposed) : decomposed;
      characters.forEach((character, i) => {
        add(character, changes[i]!);
      });
      changed ||= characters.join('') !== text.slice(start, end);
    }
    start = end;
  }
  return changed ? rewrite : undefined;
}

const tables = new Map<UnicodeForm, CharacterTable>();

function characterTable(form: UnicodeForm): CharacterTable {
  const table = tables.get(form) ?? new CharacterTable(form);
  tables.set(form, table);
  return table;
}

/** What is known of every character in one form; found when first asked for. */
class CharacterTable {
  private readonly flags = new Uint8Array(0x110000);

  constructor(private readonly form: UnicodeForm) {}

  /** Whether the character, standing alone, is in the form already. */
  isStable(code: number): boolean {
    return (this.look(code) & 2) !== 0;
  }

  /** Whether nothing before the character can change it or change by it. */
  isBoundary(code: number): boolean {
    return (this.look(code) & 4) !== 0;
  }

  private look(code: number): number {
    if (this.flags[code] === 0) {
      const character = String.fromCodePoint(code);
      const stable = character.normalize(this.form) === character ? 2 : 0;
      this.flags[code] = 1 | stable | (joins.test(decomposition(character, this.form)) ? 0 : 4);
    }
    return this.flags[code]!;
  }
}

interface Decomposed extends Rewrite {
  classes: number[];
}

const decomposition = (character: string, form: UnicodeForm) =>
  character.normalize(form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');

function decompose(text: string, form: UnicodeForm): Decomposed {
  const pieces: { character: string; change: number; order: number }[] = [];
  for (const character of text) {
    let change = 0;
    for (const piece of decomposition(character, form)) {
      pieces.push({ character: piece, change, order: combiningOrder(piece) });
      change = 1;
    }
  }
  sortMarks(pieces);
  return {
    characters: pieces.map(({ character }) => character),
    changes: pieces.map(({ change }) => change),
    classes: pieces.map(({ order }) => order),
  };
}

/** Sorts every run of marks by combining class, keeping the order of equals. */
function sortMarks(pieces: { order: number }[]): void {
  for (let start = 0; start < pieces.length; start++) {
    let end = start;
    while (end < pieces.length && pieces[end]!.order > 0) end++;
    if (end - start > 1) {
      const marks = pieces.slice(start, end).sort((a, b) => a.order - b.order);
      marks.forEach((mark, i) => {
        pieces[start + i] = mark;
      });
    }
    start = end;
  }
}

function compose({ characters, changes, classes }: Decomposed): Rewrite {
  const composed: Rewrite = { characters: [], changes: [] };
  let starter = -1; // index in `composed` of what marks may join
  let lastClass = -1; // combining class of the last mark that did not; -1 for none
  characters.forEach((character, i) => {
    const order = classes[i]!;
    const change = changes[i]!;
    if (starter >= 0 && lastClass < order) {
      const joined = composePair(composed.characters[starter]!, character);
      if (joined !== undefined) {
        composed.characters[starter] = joined;
        composed.changes[starter]! += change - 1;
        return;
      }
    }
    if (order === 0) {
      starter = composed.characters.length;
      lastClass = -1;
    } else if (starter >= 0) {
      lastClass = order;
    }
    composed.characters.push(character);
    composed.changes.push(change);
  });
  return composed;
}

/** What two characters compose to, if they do. */
function composePair(first: string, second: string): string | undefined {
  if (!joins.test(second)) return undefined;
  const joined = (first + second).normalize('NFC');
  return characterAt(joined, 0) === joined ? joined : undefined;
}

/** What can join the character before it: marks, vowels and finals of Hangul, and one vowel sign of Kirat Rai. */
const joins = /^[\p{M}\u1161-\u1175\u11a8-\u11c2\u{16d67}]/u;

/** One mark of every combining class, in their order. */
const marks = [
  ...'\u0334\u{16ff0}\u093c\u3099\u094d\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bb\u05bc\u05bd\u05bf',
  ...'\u05c1\u05c2\ufb1e\u064b\u064c\u064d\u0618\u0619\u061a\u0651\u0652\u0670\u0711\u0c55\u0c56\u0e38\u0e48\u0eb8\u0ec8',
  ...'\u0f71\u0f72\u0f74\u0321\u1dce\u031b\u1dfa\u0316\u059a\u302e\u{1d16d}\u05ae\u0300\u0315\u035c\u035d\u0345',
];
const lastMark = '\u0345';

const reorders = (first: string, second: string) => (first + second).normalize('NFD') !== first + second;

/** The place of a decomposed character's combining class among all; 0 for what is no mark. Found by trying. */
function combiningOrder(character: string): number {
  if (!joins.test(character) || (character !== lastMark && !reorders(lastMark, character))) return 0;
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reorders(character, marks[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
