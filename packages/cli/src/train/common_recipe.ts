import { trainingArgsSchema } from '@chui/training';
import { z } from 'zod';

export const backendNames = ['auto', 'native', 'wasm', 'cpu'] as const;

/** What recipes of all tasks have. */
export const commonFields = {
  training: trainingArgsSchema.describe('How to train: at least one of epochs, maxSteps and maxSeconds.'),
  checkpoints: z
    .strictObject({ keep: z.int().min(1).default(1).describe('How many are kept, the newest ones.') })
    .prefault({}),
  seed: z.int().min(0).default(0).describe('Decides weights, order and dropout.'),
  backend: z.enum(backendNames).default('auto').describe('What computes.'),
  threads: z.int().min(1).optional().describe('Threads to compute with; one for each core by default.'),
  out: z
    .string()
    .min(1)
    .optional()
    .describe('Directory of the run, relative to the recipe. Default: out/NAME where chui is called.'),
  chui: z.string().optional().describe('The version that wrote this recipe; chui puts it there.'),
  $schema: z.string().optional().describe('For editors: the file that `chui train --schema` gave.'),
};

export type CommonRecipe = z.output<z.ZodObject<typeof commonFields>>;
