import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@chui/tokenizer';
import { encodeTags, encodeTexts, readConll, readTable } from '@chui/training';

type TaskName = 'text-classification' | 'token-classification';

/** What is fine-tuned on what. */
export interface FineTuning {
  readonly task: TaskName;
  /** Directory of config.json, model.safetensors and tokenizer.json. */
  readonly model: string;
  readonly train: string;
  readonly eval: string;
  /** Columns of words and tags in files of columns, from 0; below 0 from the end. */
  readonly wordColumn: number;
  readonly tagColumn: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly maxLength: number;
  /** Of all examples, how many are used for training; all by default. */
  readonly limit?: number | undefined;
  readonly seed: number;
  readonly threads: number;
}

/** An example as ids, as both sides get it. */
export interface EncodedExample {
  readonly inputIds: readonly number[];
  readonly labels: number | readonly number[];
}

/** Data of both splits. */
export interface TaskData {
  readonly labels: readonly string[];
  readonly train: readonly EncodedExample[];
  readonly eval: readonly EncodedExample[];
}

/** Reads and encodes both files; classes are those of the training file, sorted, and for tags O first. */
export async function readTask(options: FineTuning): Promise<TaskData> {
  const file = JSON.parse(readFileSync(join(options.model, 'tokenizer.json'), 'utf8'));
  const tokenizer = Tokenizer.fromJSON({ ...file, truncation: null, padding: null });
  const { maxLength } = options;
  if (options.task === 'token-classification') {
    const columns = { wordColumn: options.wordColumn, tagColumn: options.tagColumn };
    const [train, evaluation] = await Promise.all(
      [options.train, options.eval].map((path) => all(readConll(path, columns))),
    );
    const labels = ['O', ...classesOf(train!.flatMap(({ tags }) => tags)).filter((tag) => tag !== 'O')];
    const encode = (rows: typeof train) =>
      encodeTags(rows!, { tokenizer, labels, maxLength, truncation: true }) as EncodedExample[];
    return { labels, train: encode(train!.slice(0, options.limit)), eval: encode(evaluation) };
  }
  const rows = (path: string) => all(readTable(path, { columns: ['text', 'label'] }));
  const [train, evaluation] = await Promise.all([rows(options.train), rows(options.eval)]);
  const labels = classesOf(train.map(({ label }) => String(label)));
  const encode = (of: typeof train) =>
    encodeTexts(
      of.map(({ text, label }) => ({ text: String(text), label: String(label) })),
      { tokenizer, text: 'text', labels, maxLength, truncation: true },
    ).map(({ inputIds, labels: label }) => ({ inputIds: Array.from(inputIds), labels: label as number }));
  return { labels, train: encode(train.slice(0, options.limit)), eval: encode(evaluation) };
}

const classesOf = (values: readonly string[]): string[] => [...new Set(values)].sort();

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}
