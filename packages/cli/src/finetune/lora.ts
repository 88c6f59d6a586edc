import { join } from 'node:path';
import { applyLora, type FamilyConfig, type LoraAdapter, type Model } from '@chui/models';
import { z } from 'zod';

/** Low-rank additions to the linear layers of a model, in a recipe. */
export const loraField = z
  .strictObject({
    r: z.int().min(1).default(8).describe('Rank of the additions.'),
    alpha: z
      .number()
      .positive()
      .optional()
      .describe('They are multiplied by alpha / r; twice the rank by default.'),
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe('Share of what they read that is dropped in training.'),
    targetModules: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Ends of the names of the layers, such as query; all linear ones but the head's by default."),
  })
  .optional()
  .describe(
    'Trains low-rank additions and the head instead of all weights; the model is saved with them in it.',
  );

/** Lays additions on a model whose new parameters are trained as they are. */
export function layLora(
  model: Model<FamilyConfig>,
  { r, alpha = 2 * r, dropout, targetModules }: NonNullable<z.output<typeof loraField>>,
  seed: number,
): LoraAdapter {
  const head = new Set(model.newParameters.map((name) => name.slice(0, name.lastIndexOf('.'))));
  return applyLora(model, {
    ...{ r, loraAlpha: alpha, loraDropout: dropout, targetModules: targetModules ?? 'all-linear' },
    ...{ modulesToSave: [...head], seed },
  });
}

/** Saves the additions by themselves, as PEFT does, and puts them into the model's weights. */
export async function mergeLora(adapter: LoraAdapter, directory: string): Promise<void> {
  await adapter.savePretrained(join(directory, 'adapter'));
  adapter.merge();
}
