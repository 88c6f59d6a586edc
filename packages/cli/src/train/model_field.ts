import { z } from 'zod';

const count = z.int().min(1);

/**
 * One head for each 64 of the width, as BERT's and GPT's sizes have them; of other widths so many that a head's is next to that, and
 * even, as rotary positions need it, if the width is.
 */
export function usualHeads(width: number): number {
  const widths = Array.from({ length: width }, (_, i) => i + 1).filter(
    (each) => width % each === 0 && each % 2 === width % 2,
  );
  const best = widths.reduce((a, b) => (Math.abs(b - 64) < Math.abs(a - 64) ? b : a));
  return width / best;
}

/** The key `model` of a task that trains one from nothing: its sizes. */
export const modelField = z
  .strictObject({
    layers: count.default(4),
    width: count.default(256).describe('Width of the states.'),
    heads: count.optional().describe('By default about one for each 64 of the width.'),
    intermediate: count
      .optional()
      .describe(
        'Width inside of the feed-forward networks; four times the width by default, two thirds of that of gated ones.',
      ),
    dropout: z.number().min(0).lt(1).default(0.1).describe('Share that is dropped in training.'),
  })
  .superRefine(({ width, heads = 1 }, context) => {
    if (width % heads === 0) return;
    const message = `must divide width, which is ${width}, but is ${heads}`;
    context.addIssue({ code: 'custom', path: ['heads'], message });
  })
  .prefault({});
