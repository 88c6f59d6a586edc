import { readFile } from 'node:fs/promises';
import { type BrokenOptions, broken } from './broken.js';
import { fileError } from './file_error.js';
import { isJsonObject, type JsonObject } from './json_object.js';
import { excerpt } from './read_lines.js';

/** A part of a context: `context.slice(start, end)` is the text. */
export interface SquadAnswer {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A question about a context. */
export interface SquadQuestion {
  readonly id: string;
  readonly title: string;
  readonly context: string;
  readonly question: string;
  /** Those that are right; none if the context has no answer. */
  readonly answers: readonly SquadAnswer[];
}

/**
 * The questions of a JSON file of SQuAD, 1 or 2, in its order. Places of answers are UTF-16 indices, as JavaScript counts, where the
 * file has code points.
 *
 * @throws Error of one line naming the file, the place and the rule if the file is missing or damaged; if a question is, or an answer
 *   does not stand where it should, unless `onBroken` hears of it, which leaves the question out.
 * @see https://rajpurkar.github.io/SQuAD-explorer
 */
export async function readSquad(path: string, options: BrokenOptions = {}): Promise<SquadQuestion[]> {
  const questions: SquadQuestion[] = [];
  const file = await readJson(path);
  for (const [place, article] of items(path, file, 'data')) {
    const title = typeof article.title === 'string' ? article.title : '';
    for (const [paragraphPlace, paragraph] of items(path, article, 'paragraphs', place)) {
      const { context } = paragraph;
      if (typeof context !== 'string')
        throw new Error(`${path}: ${paragraphPlace}.context must be a text, but is ${shown(context)}`);
      const units = unitsOf(context);
      for (const [questionPlace, found] of items(path, paragraph, 'qas', paragraphPlace)) {
        const question = readQuestion(found, title, context, units);
        if (typeof question === 'object') questions.push(question);
        else broken(options, `${path}: ${questionPlace}${question}`);
      }
    }
  }
  return questions;
}

async function readJson(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw new Error(`${path} must be JSON, but ${(error as Error).message.split('\n')[0]}`);
  }
  throw new Error(`${path} must be a JSON object, but is ${excerpt(text)}`);
}

/** The objects of a list and their places in the file. */
function items(
  path: string,
  parent: JsonObject,
  key: string,
  place?: string,
): [place: string, item: JsonObject][] {
  const list = parent[key];
  const here = place === undefined ? key : `${place}.${key}`;
  if (!Array.isArray(list)) throw new Error(`${path}: ${here} must be a list, but is ${shown(list)}`);
  return list.map((item: unknown, i) => {
    if (!isJsonObject(item))
      throw new Error(`${path}: ${here}[${i}] must be an object, but is ${shown(item)}`);
    return [`${here}[${i}]`, item];
  });
}

/** A question, or what is wrong with it, after its place. */
function readQuestion(
  { id, question, answers = [], is_impossible }: JsonObject,
  title: string,
  context: string,
  units: readonly number[] | undefined,
): SquadQuestion | string {
  if (typeof id !== 'string') return `.id must be a text, but is ${shown(id)}`;
  if (typeof question !== 'string') return `.question must be a text, but is ${shown(question)}`;
  if (!Array.isArray(answers)) return `.answers must be a list, but is ${shown(answers)}`;
  const read: SquadAnswer[] = [];
  for (const [i, answer] of is_impossible === true ? [] : answers.entries()) {
    const { text, answer_start } = isJsonObject(answer) ? answer : {};
    if (typeof text !== 'string' || !Number.isInteger(answer_start))
      return `.answers[${i}] must have a text and an answer_start, but is ${shown(answer)}`;
    const start = units ? units[answer_start as number] : (answer_start as number);
    if (start === undefined || !context.startsWith(text, start) || start < 0)
      return `.answers[${i}] must stand at ${answer_start} of the context, but is ${shown(text)}`;
    read.push({ text, start, end: start + text.length });
  }
  return { id, title, context, question, answers: read };
}

/** The UTF-16 index of each code point; undefined where the two count alike. */
function unitsOf(text: string): number[] | undefined {
  if (!/[\ud800-\udbff]/.test(text)) return undefined;
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return units;
}

const shown = (value: unknown) => (value === undefined ? 'missing' : excerpt(JSON.stringify(value)));
