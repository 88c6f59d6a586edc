import { createReadStream, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { Tokenizer } from '@chui/tokenizer';
import {
  type Batch,
  dataCollatorWithPadding,
  readJsonl,
  readParquet,
  readTable,
  StreamBatches,
  type TextExample,
  textEncoder,
} from '@chui/training';

/** Where texts come from, and how they become batches. */
export interface TrainerData {
  /** Path of a tokenizer.json; its truncation and padding are left out. */
  readonly tokenizer: string;
  /** Paths of .tsv, .csv, .jsonl or .parquet files of sentences with labels, 0 or 1, read one after the other. */
  readonly text: readonly string[];
  /** How many texts there are in an epoch: the first ones of the files. */
  readonly texts: number;
  readonly batchSize: number;
  readonly lengthMultiple: number;
  /** Most tokens of a text; longer ones are cut. */
  readonly maxLength: number;
  readonly seed: number;
}

/** A text with its label, as files have it. */
export type LabelledText = Readonly<Record<'sentence' | 'label', string | number>>;

/**
 * The texts of an epoch. A .tsv or .csv file whose first line does not name `label` has sentence and label in this order;
 * other files have these as columns, or `text` in the place of `sentence`.
 *
 * @throws Error if there are too few.
 */
export async function* readTexts({ text: paths, texts }: TrainerData): AsyncGenerator<LabelledText> {
  let count = 0;
  for (const path of paths) {
    for await (const row of await rowsOf(path)) {
      yield { ...row, sentence: row.sentence ?? row.text } as unknown as LabelledText;
      if (++count === texts) return;
    }
  }
  throw new RangeError(`text must have ${texts} rows, but ${paths.join(', ')} has ${count}`);
}

async function rowsOf(path: string): Promise<AsyncGenerator<Readonly<Record<string, unknown>>>> {
  const extension = extname(path).toLowerCase();
  if (extension === '.jsonl') return readJsonl(path);
  if (extension === '.parquet') return readParquet(path);
  if (extension !== '.tsv' && extension !== '.csv')
    throw new RangeError(`text must be a file that ends in .tsv, .csv, .jsonl or .parquet, but is ${path}`);
  const names = (await firstLine(path)).split(extension === '.tsv' ? '\t' : ',');
  return readTable(path, names.includes('label') ? {} : { columns: ['sentence', 'label'] });
}

async function firstLine(path: string): Promise<string> {
  for await (const line of createInterface({ input: createReadStream(path) })) return line;
  return '';
}

/** A stream of the texts as examples, read and encoded as it goes. */
export function exampleStream(data: TrainerData): () => AsyncGenerator<TextExample> {
  const file = JSON.parse(readFileSync(data.tokenizer, 'utf8'));
  const tokenizer = Tokenizer.fromJSON({ ...file, truncation: null, padding: null });
  const { maxLength } = data;
  const labels = ['0', '1'];
  const encode = textEncoder({ tokenizer, text: 'sentence', labels, maxLength, truncation: true });
  return async function* () {
    let index = 0;
    for await (const row of readTexts(data)) yield encode(row, index++);
  };
}

/** The batches of some epochs, as `Trainer` makes them of the stream. */
export async function batchesOf(data: TrainerData, epochs: number): Promise<Batch[][]> {
  const { batchSize, lengthMultiple, seed } = data;
  const collator = dataCollatorWithPadding();
  const batches = new StreamBatches(exampleStream(data), { collator, batchSize, lengthMultiple, seed });
  const all: Batch[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const own: Batch[] = [];
    for await (const batch of batches.epoch(epoch)) own.push(batch);
    all.push(own);
  }
  return all;
}
