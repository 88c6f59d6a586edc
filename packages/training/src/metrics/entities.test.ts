import { describe, expect, it } from 'vitest';
import { type Entity, entitiesOf, type TagScheme } from './entities.js';

/** What seqeval 1.2.2 says, each entity as type:first:last. */
const byDefault: [tags: string, entities: string][] = [
  ['', ''],
  ['B-X I-X E-X S-Y O', 'X:0:2 Y:3:3'],
  ['I-X E-X I-X B-Y B-Y', 'X:0:1 X:2:2 Y:3:3 Y:4:4'],
  ['B I B-geo-loc I-geo-loc', '_:0:1 geo-loc:2:3'],
  ['U-X L-X L-Y O', 'X:0:1 Y:2:2'],
  ['B-X O L B-X', 'X:0:0 _:0:2 X:3:3'],
];
const strict: [scheme: TagScheme, tags: string, entities: string][] = [
  ['IOB1', 'I-X I-X B-X I-Y O', 'X:0:1 X:2:2 Y:3:3'],
  ['IOB1', 'B-X I-X B-Y O B-X', 'X:1:1'],
  ['IOB1', 'I-X B-X B-X I-X', 'X:0:0 X:1:1 X:2:3'],
  ['IOB2', 'B-X I-X B-X I-Y O', 'X:0:1 X:2:2'],
  ['IOB2', 'I-X B-X B-Y I-Y', 'X:1:1 Y:2:3'],
  ['IOB2', 'B I B-geo-loc I-geo-loc', '_:0:1 geo-loc:2:3'],
  ['IOE1', 'I-X E-X I-X O I-Y', 'X:0:1 X:2:2 Y:4:4'],
  ['IOE1', 'E-X E-X I-X I-Y', 'X:1:1 X:2:2 Y:3:3'],
  ['IOE1', 'I-X I-X E-Y O', 'X:0:1'],
  ['IOE2', 'I-X E-X E-X I-X O', 'X:0:1 X:2:2'],
  ['IOE2', 'E-X I-Y E-X O E-Y', 'X:0:0 X:2:2 Y:4:4'],
  ['IOE2', 'I-X I-X E-X', 'X:0:2'],
  ['IOBES', 'B-X I-X E-X S-Y O', 'X:0:2 Y:3:3'],
  ['IOBES', 'B-X E-Y B-X O S-X', 'X:4:4'],
  ['IOBES', 'I-X E-X B-Y E-Y', 'Y:2:3'],
  ['BILOU', 'B-X I-X L-X U-Y O', 'X:0:2 Y:3:3'],
  ['BILOU', 'B-X L-Y B-X O U-X', 'X:4:4'],
  ['BILOU', 'I-X L-X B-Y L-Y', 'Y:2:3'],
];

/** The tags with their prefixes at the end. */
function toSuffixes(tags: readonly string[]): string[] {
  return tags.map((tag) => (tag.length > 1 ? `${tag.slice(2)}-${tag[0]}` : tag));
}

function toText(entities: readonly Entity[]): string {
  return entities.map((entity) => entity.join(':')).join(' ');
}

function split(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

describe('entitiesOf', () => {
  it.each(byDefault)('equals seqeval: %s', (text, entities) => {
    const tags = split(text);
    expect(toText(entitiesOf(tags))).toBe(entities);
    expect(toText(entitiesOf(toSuffixes(tags), { suffix: true }))).toBe(entities);
  });

  it.each(strict)('equals seqeval in strict mode: %s, %s', (scheme, text, entities) => {
    const tags = split(text);
    expect(toText(entitiesOf(tags, { mode: 'strict', scheme }))).toBe(entities);
    expect(toText(entitiesOf(toSuffixes(tags), { mode: 'strict', scheme, suffix: true }))).toBe(entities);
  });

  it('holds strict mode to IOB2 by default', () => {
    expect(entitiesOf(['I-X', 'B-X'], { mode: 'strict' })).toEqual([['X', 1, 1]]);
  });

  it('refuses what it cannot read', () => {
    expect(() => entitiesOf(['O', ''])).toThrow(new RangeError("tags must not be empty, but one is ''"));
    expect(() => entitiesOf(['E-X'], { mode: 'strict', scheme: 'IOB2' })).toThrow(
      new RangeError('tags must begin with one of I, O, B in IOB2, but one is E-X'),
    );
    expect(() => entitiesOf(['B-X'], { mode: 'strict', suffix: true })).toThrow(
      new RangeError('tags must end with one of I, O, B in IOB2, but one is B-X'),
    );
    expect(() => entitiesOf(['O'], { mode: 'strict', scheme: 'IOB' as TagScheme })).toThrow(
      new RangeError('scheme must be one of IOB1, IOB2, IOE1, IOE2, IOBES, BILOU, but is IOB'),
    );
  });
});
