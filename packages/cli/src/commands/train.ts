import { Command, Option } from 'commander';
import { z } from 'zod';
import { backendNames } from '../train/common_recipe.js';
import { recipeSchema } from '../train/tasks.js';
import { tellOutcome } from '../train/tell_outcome.js';
import { type TrainOptions, trainRecipe } from '../train/train_recipe.js';
import { positiveInteger } from './option_values.js';
import { trainLmCommand } from './train_lm.js';

const help = `
A recipe, such as dates.json; all keys that are not given have defaults:

  {
    "task": "translation",
    "data": { "dates": { "train": 2000 } },
    "model": { "kind": "attention", "width": 64 },
    "training": { "epochs": 10, "learningRate": 0.005, "schedule": "cosine", "warmupSteps": 30 },
    "seed": 1
  }

Pairs of your own: "data": { "path": "pairs.tsv" }, relative to the recipe.
For editors: chui train --schema > recipe.schema.json, and "$schema": "recipe.schema.json" in the recipe.

The directory gets recipe.json (the full recipe: run again, it gives the same to the last digit), log.jsonl,
report.html, tensorboard/, checkpoints/, and at the end model/ and result.json. Ctrl-C stops after the step: the same
command goes on from there. A run that is finished is left as it is.`;

/** `chui train`: trains what a recipe says, or what options of `chui train lm` say. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train what a recipe says, and keep all that it takes to repeat it')
    .argument('[recipe]', 'a JSON file')
    .option('--out <directory>', 'where the run goes (default: what the recipe says, else out/NAME)')
    .addOption(new Option('--backend <name>', 'instead of what the recipe says').choices(backendNames))
    .option('--threads <n>', 'threads to compute with, instead of what the recipe says', positiveInteger)
    .option('--schema', 'print the JSON schema of recipes')
    .addHelpText('after', help)
    .addCommand(trainLmCommand())
    .enablePositionalOptions()
    .action(
      async (recipe: string | undefined, { schema, ...options }: TrainOptions & { schema?: boolean }) => {
        if (schema) console.log(JSON.stringify(z.toJSONSchema(recipeSchema, { io: 'input' }), null, 2));
        else if (recipe === undefined) throw new Error('train must have a recipe: see chui train --help');
        else await tellOutcome(await trainRecipe(recipe, options));
      },
    );
}
