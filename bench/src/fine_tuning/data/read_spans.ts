import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { TaggedSentence } from '@chui/training';
import type { Grouped } from './rows.js';

/** A text that is tagged by character. */
type TaggedText = TaggedSentence & Grouped;

type Json = Readonly<Record<string, unknown>>;

/**
 * Texts with named spans, as tags of their characters in IOB2: a JSON list, gzipped if the name ends in .gz, of
 * `{ text, entities: [{ name, span: [start, end], type }] }`, where spans count code points and end before `end`. A word is a
 * character; white space, which tokenizers leave out, is none.
 *
 * @param groupColumn the key of what says which texts stay together
 * @throws Error of one line naming the file, the place and the rule.
 */
export async function readSpans(path: string, groupColumn?: string): Promise<TaggedText[]> {
  const bytes = await readFile(path);
  let list: unknown;
  try {
    list = JSON.parse((/\.gz$/i.test(path) ? gunzipSync(bytes) : bytes).toString('utf8'));
  } catch (error) {
    throw new Error(`${path} must be JSON, but ${(error as Error).message.split('\n')[0]}`);
  }
  if (!Array.isArray(list)) throw new Error(`${path} must be a JSON list, but is of type ${typeof list}`);
  return list.map((item: Json, index) => {
    const what = `${path}: [${index}]`;
    const group = groupColumn === undefined ? undefined : item[groupColumn];
    if (groupColumn !== undefined && typeof group !== 'string' && typeof group !== 'number') {
      throw new Error(`${what}.${groupColumn} must be a text or number, but is ${shown(group)}`);
    }
    return { ...tagged(item, what), ...(group !== undefined && { group: String(group) }) };
  });
}

function tagged({ text, entities }: Json, what: string): TaggedSentence {
  if (typeof text !== 'string') throw new Error(`${what}.text must be a text, but is ${shown(text)}`);
  if (!Array.isArray(entities)) throw new Error(`${what}.entities must be a list, but is ${shown(entities)}`);
  const characters = [...text];
  const types: (string | undefined)[] = characters.map(() => undefined);
  const begins = new Set<number>();
  entities.forEach(({ name, span, type }: Json, index) => {
    const place = `${what}.entities[${index}]`;
    const [start, end] = Array.isArray(span) ? (span as number[]) : [];
    const isInside = Number.isInteger(start) && Number.isInteger(end) && start! >= 0 && start! < end!;
    if (!isInside || end! > characters.length || typeof type !== 'string') {
      throw new Error(`${place} must have a type, and a span within the text, but has ${shown(span)}`);
    }
    const found = characters.slice(start, end).join('');
    if (found !== name) throw new Error(`${place}.span must hold ${shown(name)}, but holds ${shown(found)}`);
    for (let at = start!; at < end!; at++) {
      if (types[at] !== undefined)
        throw new Error(`${place} must not overlap others, but is at ${shown(span)}`);
      types[at] = type;
    }
    begins.add(start!);
  });
  const words: string[] = [];
  const tags: string[] = [];
  let mustBegin = false;
  characters.forEach((character, at) => {
    const type = types[at];
    mustBegin ||= begins.has(at);
    if (/\s/u.test(character)) return;
    words.push(character);
    tags.push(type === undefined ? 'O' : `${mustBegin ? 'B' : 'I'}-${type}`);
    mustBegin = false;
  });
  return { words, tags };
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 40) ?? 'missing';
