import type { EncodeOptions, Encoding, TextOrWords, Tokenizer } from '@chui/tokenizer';
import { encodeChoices, encodeQuestions, encodeTags, encodeTexts, readSquad } from '@chui/training';
import { splitOff } from './data/deal_parts.js';
import { readTagged } from './data/read_tagged.js';
import { readChoices, readTexts } from './data/read_texts.js';
import type { Grouped, Read } from './data/rows.js';
import type { Gold } from './gold.js';
import type { FineTuning, TaskName } from './options.js';

/** An example as both sides get it: ids and what is to be learned of them, by the names of fields. */
export type EncodedExample = Readonly<Record<string, unknown>>;

/** Data of a task, encoded. */
export interface EncodedTask {
  readonly train: readonly EncodedExample[];
  readonly eval: readonly EncodedExample[];
  /** What of the model's configuration the data decides: names of classes. */
  readonly labels?: readonly string[] | undefined;
  readonly gold: Gold;
  /** What was counted, a line each. */
  readonly facts: readonly string[];
}

type Options = FineTuning & { readonly fold: number };

/**
 * Reads what a task trains and is tested on, and encodes it. Classes are those of the training file, or of `labels`; tags have O first.
 *
 * @throws Error of one line naming the file or option, the rule and the value.
 */
export function encodeTask(options: Options, tokenizer: Tokenizer): Promise<EncodedTask> {
  return encoders[options.task](options, tokenizer);
}

const encoders: Record<TaskName, (options: Options, tokenizer: Tokenizer) => Promise<EncodedTask>> = {
  async 'text-classification'(options, tokenizer) {
    const { train, eval: tested, all, facts } = await split(options, (path) => readTexts(path, options));
    const labels = options.labels ?? classesOf(all.map(({ label }) => label));
    const { cut, encode } = counting(tokenizer);
    const { maxLength, textPairColumn } = options;
    const textPair = textPairColumn === undefined ? undefined : 'pair';
    const examples = [train, tested].map((rows) =>
      encodeTexts(rows, {
        ...{ tokenizer: { encode }, text: 'text', textPair, labels, maxLength, truncation: true },
      }).map((example) => ({ ...example }) as EncodedExample),
    ) as [EncodedExample[], EncodedExample[]];
    const majority = mostOf(train.map(({ label }) => label));
    const right = tested.map(({ label }) => label);
    return {
      ...encoded(examples, { kind: 'classes', labels, right, majority }, labels),
      facts: [...facts, ...cutFacts(cut.length, maxLength)],
    };
  },

  async 'multiple-choice'(options, tokenizer) {
    let columns: readonly string[] = [];
    const {
      train,
      eval: tested,
      facts,
    } = await split(options, async (path) => {
      const read = await readChoices(path, options.groupColumn);
      columns = read.columns;
      return read;
    });
    const { cut, encode } = counting(tokenizer);
    const { maxLength, textColumn: text = 'question', labelColumn: label = 'label' } = options;
    const examples = [train, tested].map((rows) =>
      encodeChoices(rows, {
        ...{ tokenizer: { encode }, text: String(text), choices: columns, label: String(label) },
        ...{ maxLength, truncation: true },
      }).map((example) => ({ ...example }) as EncodedExample),
    ) as [EncodedExample[], EncodedExample[]];
    const [trained, right] = examples.map((each) => each.map(({ labels }) => String(labels)));
    const labels = columns.map((_, choice) => String(choice));
    return {
      ...encoded(examples, { kind: 'classes', labels, right: right!, majority: mostOf(trained!) }),
      facts: [...facts, ...cutFacts(cut.length, maxLength)],
    };
  },

  async 'token-classification'(options, tokenizer) {
    const { train, eval: tested, all, facts } = await split(options, (path) => readTagged(path, options));
    const labels = options.labels ?? ['O', ...classesOf(all.flatMap(({ tags }) => tags)).filter(isNotO)];
    const { maxLength } = options;
    const encodeRows = (rows: typeof train) => {
      const { cut, seen, encode } = counting(tokenizer);
      const examples = encodeTags(rows, { tokenizer: { encode }, labels, maxLength, truncation: true });
      return { examples: examples.map((each) => ({ ...each }) as EncodedExample), seen, cut };
    };
    const [trained, known] = [encodeRows(train), encodeRows(tested)];
    const places = tested.map(({ tags }, index) => {
      const tokens = tokensOfWords(known.seen[index]!, tags.length);
      const words = tags.flatMap((tag, word) => (tokens[word] === undefined ? [] : [{ tag, word }]));
      return { tags: words.map(({ tag }) => tag), tokens: words.map(({ word }) => tokens[word]!) };
    });
    const gold: Gold = {
      ...{ kind: 'tags', labels, right: places.map(({ tags }) => tags) },
      tokens: places.map(({ tokens }) => tokens),
    };
    const missing = tested.flatMap(({ tags }) => tags).length - gold.right.flat().length;
    return {
      ...encoded([trained.examples, known.examples], gold, labels),
      facts: [
        ...facts,
        ...cutFacts(trained.cut.length + known.cut.length, maxLength),
        ...(missing > 0 ? [`${missing} words that are tested have no token, and do not count`] : []),
      ],
    };
  },

  async 'question-answering'(options, tokenizer) {
    const {
      train,
      eval: tested,
      facts,
    } = await split(options, async (path) => {
      const questions = await readSquad(path);
      const articles = new Set(questions.map(({ title }) => title)).size;
      const rows = questions.map((question) => ({ ...question, group: question.title }));
      return { rows, facts: [`${path}: ${questions.length} questions of ${articles} articles`] };
    });
    const { maxLength } = options;
    const [learned, known] = [train, tested].map((rows) => encodeQuestions(rows, { tokenizer, maxLength }));
    const none = tested.find(({ answers }) => answers.length === 0);
    if (none) throw new Error(`question ${none.id} must have an answer, but has none`);
    const gold: Gold = {
      ...{ kind: 'answers', windows: known!.windows },
      questions: tested.map(({ id, context }) => ({ id, context })),
      right: tested.map(({ answers }) => answers.map(({ text }) => text)),
    };
    const examples = [learned!.examples, known!.examples].map((each) =>
      each.map((example) => ({ ...example }) as EncodedExample),
    ) as [EncodedExample[], EncodedExample[]];
    const windows = `their windows are ${examples[0].length} and ${examples[1].length} examples`;
    return { ...encoded(examples, gold), facts: [...facts, windows] };
  },
};

/** Rows of both sides of the split, cut to the limits, and all that the training file has. */
async function split<R extends Grouped>(
  options: Options,
  read: (path: string) => Promise<Read<R>>,
): Promise<{ train: R[]; eval: R[]; all: readonly R[]; facts: string[] }> {
  const { eval: evalPath, folds, fold, splitSeed: seed, limit, evalLimit } = options;
  const { rows, facts } = await read(options.train);
  const cut = (parts: { train: readonly R[]; eval: readonly R[] }, more: readonly string[]) => {
    const [train, tested] = [parts.train.slice(0, limit), parts.eval.slice(0, evalLimit)];
    const used = `${train.length} are trained on, ${tested.length} are tested on`;
    return { train, eval: tested, all: rows, facts: [...facts, ...more, used] };
  };
  if (evalPath !== undefined) {
    const tested = await read(evalPath);
    return cut({ train: rows, eval: tested.rows }, tested.facts);
  }
  return cut(splitOff(rows, { folds: folds!, fold, seed }), []);
}

/** A tokenizer that keeps what it made, and what it had to cut. */
function counting(tokenizer: Tokenizer) {
  const [seen, cut]: [Encoding[], Encoding[]] = [[], []];
  const encode = (text: TextOrWords, options?: EncodeOptions & { pair?: TextOrWords }) => {
    const encoding = tokenizer.encode(text, options);
    seen.push(encoding);
    if (encoding.overflowing.length > 0) cut.push(encoding);
    return encoding;
  };
  return { seen, cut, encode };
}

/** The first token of each word: null for one that was cut off, undefined for one that has none at all. */
function tokensOfWords(encoding: Encoding, count: number): (number | null | undefined)[] {
  const tokens: (number | null | undefined)[] = Array.from({ length: count });
  for (const { wordIds } of encoding.overflowing) {
    for (const word of wordIds) if (word !== null) tokens[word] = null;
  }
  encoding.wordIds.forEach((word, token) => {
    if (word !== null) tokens[word] ??= token;
  });
  return tokens;
}

const encoded = (
  [train, tested]: [EncodedExample[], EncodedExample[]],
  gold: Gold,
  labels?: readonly string[],
) => ({ train, eval: tested, gold, labels });

const cutFacts = (count: number, maxLength: number): string[] =>
  count > 0 ? [`${count} texts are cut to ${maxLength} tokens`] : [];

const classesOf = (values: readonly string[]): string[] => [...new Set(values)].sort();

const isNotO = (tag: string) => tag !== 'O';

/** What stands most often; of several the first. */
function mostOf(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
