import type { BatchArray } from '../data/batch.js';

/** A number, or arrays of them: an array of a tensor's first axis. */
export type Nested = number | readonly Nested[];

/** What a model said of each example, and what it should have said, in the order of the data set. */
export interface Predictions {
  /** Logits, or what `predictionsOf` made of the output. */
  readonly predictions: readonly Nested[];
  /** As the collator made them: where labels are padded, −100. Empty where there are no labels. */
  readonly labels: readonly Nested[];
}

/** Puts rows of batches in the places that their examples have in the data set. */
export class RowCollector {
  readonly rows: Nested[] = [];

  /** @param indices the place of each row */
  add({ shape, values }: { shape: readonly number[]; values: ArrayLike<number> }, indices: Int32Array): void {
    const size = values.length / indices.length;
    indices.forEach((place, row) => {
      this.rows[place] = nest(values, shape, 1, row * size, size);
    });
  }
}

/** Labels that each token has, which count if they are not −100. */
export function areTokenLabels(labels: BatchArray | undefined): boolean {
  return labels !== undefined && labels.shape.length === 2 && labels.values instanceof Int32Array;
}

function nest(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  from: number,
  size: number,
): Nested {
  if (axis === shape.length) return values[from]!;
  const length = shape[axis]!;
  const inner = size / length;
  return Array.from({ length }, (_, index) => nest(values, shape, axis + 1, from + index * inner, inner));
}
