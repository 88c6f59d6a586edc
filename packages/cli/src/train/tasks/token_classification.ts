import { AutoModelForTokenClassification } from '@chui/models';
import {
  accuracy,
  dataCollatorForTokenClassification,
  encodeTags,
  IGNORED_LABEL,
  type Predictions,
  placedAs,
  placeOf,
  precisionRecallF1,
  scoresByClass,
  seqeval,
} from '@chui/training';
import { argMax } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { classId, classNames, labelConfig } from '../../finetune/class_names.js';
import { columnIn, ofFile } from '../../finetune/columns.js';
import { CutTexts } from '../../finetune/cut_texts.js';
import { column, cutNote, fileFields, labels } from '../../finetune/data_fields.js';
import { defineFineTuning, type FineTuningScores } from '../../finetune/fine_tuning.js';
import { type FileRow, readSentences } from '../../finetune/read_rows.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const fields = {
  data: z.strictObject({
    ...fileFields,
    words: column
      .default('words')
      .describe('The column of lists of words; in a file of columns, as of CoNLL, its place from 0.'),
    tags: column.default('tags').describe('The column of lists of tags, one a word; or its place.'),
  }),
  labels,
};

/** Trains a tagger of words: names, where tags begin with B- and I- or other marks of a scheme, or any other tags. */
export const tokenClassificationTask = defineFineTuning(
  'token-classification',
  fields,
  { learningRate: 5e-5, batchSize: 16, metricForBestModel: 'f1', maxLength: 128 },
  async (recipe, { source, paths, maxLength }) => {
    const { data } = recipe;
    const files = await bothFiles(data, paths, async (path) => {
      const rows = await readSentences(path, data.words, data.tags);
      const [words, tags] = [columnIn(path, rows, data.words), columnIn(path, rows, data.tags)];
      return rows.map((row) => placedAs({ words: row[words], tags: row[tags] }, row));
    });
    const { train } = files;
    const tags = train.rows.flatMap((row) => (Array.isArray(row.tags) ? row.tags : []));
    const names = classNames(train.path, tags, recipe.labels);
    const notes: string[] = [];
    const encode = ({ path, rows }: { path: string; rows: readonly FileRow[] }) => {
      const tokenizer = new CutTexts(source.tokenizer);
      const options = { tokenizer, labels: names, maxLength, truncation: true };
      const examples = ofFile(path, () =>
        encodeTags(
          rows.map((row, index) => withIds(row, index, names)),
          options,
        ),
      );
      notes.push(...cutNote(path, tokenizer.count, rows.length, maxLength));
      return examples;
    };
    return {
      recipe: { data: { ...data, ...writtenFiles(data, paths) }, labels: names },
      train: encode(train),
      eval: encode(files.eval),
      notes,
      models: AutoModelForTokenClassification,
      config: labelConfig(names),
      collator: (padding) => dataCollatorForTokenClassification({ ...padding, numLabels: names.length }),
      predictionsOf: ({ logits }) => argMax(logits!, -1),
      scores: (predictions) => scoresOf(predictions, names),
    };
  },
);

/** A row with the numbers of its tags. */
function withIds(row: FileRow, index: number, names: readonly string[]): FileRow {
  const { words, tags } = row;
  if (!Array.isArray(tags)) return row;
  const idOf = (tag: unknown, word: number) =>
    classId(tag, names, `tag of word ${word} of ${placeOf(row, index)}`);
  return placedAs({ words, tags: tags.map(idOf) }, row);
}

function scoresOf({ predictions, labels }: Predictions, names: readonly string[]): FineTuningScores {
  const [said, right] = [predictions as number[][], labels as number[][]];
  const counted = right.map((row) => row.flatMap((label, place) => (label === IGNORED_LABEL ? [] : [place])));
  const tagsAt = (rows: readonly number[][]) =>
    rows.map((row, index) => counted[index]!.map((place) => names[row[place]!]!));
  const [found, tags] = [tagsAt(said), tagsAt(right)];
  // Tags that mark no names are scored one by one.
  if (!names.every((name) => /^(O|[BIESLU]-.+)$/.test(name))) {
    const [each, every] = [found.flat(), tags.flat()];
    const { precision, recall, f1 } = precisionRecallF1(each, every, { average: 'macro' });
    const byTag = scoresByClass(each, every);
    return { eval: { f1, precision, recall, accuracy: accuracy(each, every) }, ...named('tag', byTag) };
  }
  const { byType, precision, recall, f1, accuracy: share } = seqeval(found, tags);
  return {
    eval: { f1, precision, recall, accuracy: share },
    ...named('type', Object.entries(byType)),
  };
}

/** Scores of parts under names that are not those of data sets. */
function named(kind: string, scores: Iterable<readonly [unknown, object]>) {
  return Object.fromEntries(
    [...scores].map(([name, of]) => [`${kind} ${name}`, of as Readonly<Record<string, unknown>>]),
  );
}
