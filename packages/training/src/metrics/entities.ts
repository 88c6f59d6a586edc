/** Name or other phrase that a tagger found: its type, its first and its last token. */
export type Entity = readonly [type: string, first: number, last: number];

export interface EntitiesOptions {
  /** `strict` takes only entities that are well formed in the scheme. Default: those that conlleval takes. */
  readonly mode?: 'strict' | undefined;
  /** What strict mode holds the tags to, IOB2 by default. The default mode reads all schemes but BILOU as one. */
  readonly scheme?: TagScheme | undefined;
  /** Reads `PER-B` instead of `B-PER`. */
  readonly suffix?: boolean | undefined;
}

interface Tag {
  /** B, I, O, E, S, L or U, wherever in the tag it stands. */
  readonly prefix: string;
  readonly type: string;
}

/** Two tags in a row that it holds for: prefixes of the first, prefixes of the second, and how their types compare. */
type Rule = readonly [first: string, second: string, types: 'any' | 'same' | 'other'];

interface Scheme {
  readonly prefixes: string;
  /** Where an entity begins with the second tag. */
  readonly starts: readonly Rule[];
  /** Where the second tag goes on with the entity of the first. */
  readonly continues: readonly Rule[];
  /** Where an entity may end with the first tag. */
  readonly ends: readonly Rule[];
}

export type TagScheme = 'IOB1' | 'IOB2' | 'IOE1' | 'IOE2' | 'IOBES' | 'BILOU';

const SCHEMES: Readonly<Record<TagScheme, Scheme>> = {
  IOB1: {
    prefixes: 'IOB',
    starts: [
      ['OB', 'I', 'any'],
      ['I', 'I', 'other'],
      ['IB', 'B', 'same'],
    ],
    continues: [['IB', 'I', 'same']],
    ends: [
      ['IB', 'O', 'any'],
      ['IB', 'I', 'other'],
      ['I', 'B', 'any'],
      ['B', 'B', 'same'],
    ],
  },
  IOB2: {
    prefixes: 'IOB',
    starts: [['IOB', 'B', 'any']],
    continues: [['IB', 'I', 'same']],
    ends: [
      ['IB', 'OB', 'any'],
      ['IB', 'I', 'other'],
    ],
  },
  IOE1: {
    prefixes: 'IOE',
    starts: [
      ['OE', 'I', 'any'],
      ['I', 'I', 'other'],
      ['E', 'E', 'same'],
    ],
    continues: [['I', 'IE', 'same']],
    ends: [
      ['I', 'O', 'any'],
      ['I', 'IE', 'other'],
      ['E', 'IE', 'same'],
    ],
  },
  IOE2: {
    prefixes: 'IOE',
    starts: [
      ['OE', 'IE', 'any'],
      ['I', 'IE', 'other'],
    ],
    continues: [['I', 'IE', 'same']],
    ends: [['E', 'IOE', 'any']],
  },
  IOBES: {
    prefixes: 'IOBES',
    starts: [['IOBES', 'BS', 'any']],
    continues: [['IB', 'IE', 'same']],
    ends: [['ES', 'IOBES', 'any']],
  },
  BILOU: {
    prefixes: 'BILOU',
    starts: [['BILOU', 'BU', 'any']],
    continues: [['BI', 'IL', 'same']],
    ends: [['LU', 'BILOU', 'any']],
  },
};

/**
 * The entities that the tags of one sentence mark, equal to seqeval 1.2.2, both modes with their oddities: by default
 * an I without a B before it begins an entity; strict mode leaves out what does not begin and end by its scheme. A tag
 * without a type, such as `B`, has the type `_`.
 *
 * @throws RangeError if a tag is empty, the scheme is unknown, or strict mode meets a prefix that its scheme has not.
 * @see Tjong Kim Sang & Veenstra (1999), https://aclanthology.org/E99-1023; Ratinov & Roth (2009),
 * https://aclanthology.org/W09-1119
 * @example
 * entitiesOf(['B-PER', 'I-PER', 'O', 'B-LOC']); // => [['PER', 0, 1], ['LOC', 3, 3]]
 */
export function entitiesOf(
  tags: readonly string[],
  { mode, scheme = 'IOB2', suffix = false }: EntitiesOptions = {},
): Entity[] {
  return mode === 'strict' ? strictEntities(tags, scheme, suffix) : conllEntities(tags, suffix);
}

function conllEntities(tags: readonly string[], suffix: boolean): Entity[] {
  const entities: Entity[] = [];
  let first = 0;
  let previous: Tag = { prefix: 'O', type: '' };
  [...tags, 'O'].forEach((text, index) => {
    const [prefix, rest] = splitTag(text, suffix);
    const type = (suffix ? beforeLastHyphen(rest) : rest.slice(rest.indexOf('-') + 1)) || '_';
    const tag = { prefix, type };
    if (endsAfter(previous, tag)) entities.push([previous.type, first, index - 1]);
    if (startsWith(previous, tag)) first = index;
    previous = tag;
  });
  return entities;
}

function endsAfter(tag: Tag, next: Tag): boolean {
  return (
    'ES'.includes(tag.prefix) ||
    ('BI'.includes(tag.prefix) && 'BSO'.includes(next.prefix)) ||
    (!'O.'.includes(tag.prefix) && tag.type !== next.type)
  );
}

function startsWith(previous: Tag, tag: Tag): boolean {
  return (
    'BS'.includes(tag.prefix) ||
    ('ESO'.includes(previous.prefix) && 'EI'.includes(tag.prefix)) ||
    (!'O.'.includes(tag.prefix) && previous.type !== tag.type)
  );
}

function strictEntities(tags: readonly string[], name: TagScheme, suffix: boolean): Entity[] {
  if (!Object.hasOwn(SCHEMES, name)) {
    throw new RangeError(`scheme must be one of ${Object.keys(SCHEMES).join(', ')}, but is ${name}`);
  }
  const { prefixes, starts, continues, ends } = SCHEMES[name];
  const all = [...tags, 'O'].map((text): Tag => {
    const [prefix, rest] = splitTag(text, suffix);
    if (!prefixes.includes(prefix)) {
      const rule = `${suffix ? 'end' : 'begin'} with one of ${[...prefixes].join(', ')} in ${name}`;
      throw new RangeError(`tags must ${rule}, but one is ${text}`);
    }
    return { prefix, type: rest.replace(/^-+|-+$/g, '') || '_' };
  });

  const entities: Entity[] = [];
  let previous: Tag = { prefix: 'O', type: '_' };
  let index = 0;
  while (index < all.length) {
    const first = index++;
    if (holds(starts, previous, all[first]!)) {
      while (holds(continues, all[index - 1]!, all[index]!)) index++;
      if (holds(ends, all[index - 1]!, all[index]!)) entities.push([all[first]!.type, first, index - 1]);
    }
    previous = all[index - 1]!;
  }
  return entities;
}

function holds(rules: readonly Rule[], { prefix, type }: Tag, next: Tag): boolean {
  const relation = type === next.type ? 'same' : 'other';
  return rules.some(
    ([first, second, types]) =>
      first.includes(prefix) && second.includes(next.prefix) && (types === 'any' || types === relation),
  );
}

/** The prefix of a tag, and what is left. */
function splitTag(tag: string, suffix: boolean): [prefix: string, rest: string] {
  const characters = [...tag];
  const prefix = suffix ? characters.pop() : characters.shift();
  if (prefix === undefined) throw new RangeError("tags must not be empty, but one is ''");
  return [prefix, characters.join('')];
}

function beforeLastHyphen(text: string): string {
  return text.includes('-') ? text.slice(0, text.lastIndexOf('-')) : text;
}
