import { z } from 'zod';

const count = z.int().min(1);

/** As BERT's and GPT's sizes have them. */
export const usualHeads = (width: number): number => Math.max(1, Math.round(width / 64));

/** The key `model` of a task that trains one from nothing: its sizes. */
export const modelField = z
  .strictObject({
    layers: count.default(4),
    width: count.default(256).describe('Width of the states.'),
    heads: count.optional().describe('One for each 64 of the width by default.'),
    intermediate: count
      .optional()
      .describe(
        'Width inside of the feed-forward networks; four times the width by default, two thirds of that of gated ones.',
      ),
    dropout: z.number().min(0).lt(1).default(0.1).describe('Share that is dropped in training.'),
  })
  .superRefine(({ width, heads = usualHeads(width) }, context) => {
    if (width % heads === 0) return;
    const message = `must divide width, which is ${width}, but is ${heads}`;
    context.addIssue({ code: 'custom', path: ['heads'], message });
  })
  .prefault({});
