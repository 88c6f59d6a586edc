import { z } from 'zod';

const path = z.string().min(1);

/** A column in a recipe. */
export const column = z.union([z.string().min(1), z.int().min(0)]);

/** The files of a fine-tuning. */
export const fileFields = {
  train: path.describe('A file to learn from, relative to the recipe: .tsv, .csv, .jsonl, .parquet, …'),
  eval: path.describe('A file of the same kind, by which the best model is chosen.'),
};

export const labels = z
  .array(z.string().min(1))
  .min(2)
  .refine((names) => new Set(names).size === names.length, 'must not have a name twice')
  .optional()
  .describe('Names of the classes in their order; by default those of the training data, sorted.');

/** How many texts of a file were cut, if any. */
export function cutNote(path: string, cut: number, total: number, maxLength: number): string[] {
  return cut === 0 ? [] : [`${path}: ${cut} of ${total} texts are cut to ${maxLength} tokens`];
}
