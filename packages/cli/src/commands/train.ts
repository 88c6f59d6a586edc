import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { textTable } from '../text_table.js';
import { backendNames } from '../train/common_recipe.js';
import type { RunDirectory } from '../train/run_directory.js';
import { recipeSchema } from '../train/tasks.js';
import { type TrainOptions, trainRecipe } from '../train/train_recipe.js';

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

/** `chui train`: trains what a recipe says. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train what a recipe says, and keep all that it takes to repeat it')
    .argument('[recipe]', 'a JSON file')
    .option('--out <directory>', 'where the run goes (default: what the recipe says, else out/NAME)')
    .addOption(new Option('--backend <name>', 'instead of what the recipe says').choices(backendNames))
    .option('--threads <n>', 'threads to compute with, instead of what the recipe says', threads)
    .option('--schema', 'print the JSON schema of recipes')
    .addHelpText('after', help)
    .action(
      async (recipe: string | undefined, { schema, ...options }: TrainOptions & { schema?: boolean }) => {
        if (schema) console.log(JSON.stringify(z.toJSONSchema(recipeSchema, { io: 'input' }), null, 2));
        else if (recipe === undefined) throw new Error('train must have a recipe: see chui train --help');
        else await train(recipe, options);
      },
    );
}

async function train(recipe: string, options: TrainOptions): Promise<void> {
  const { directory, stopped } = await trainRecipe(recipe, options);
  const where = relative('', directory.path) || '.';
  if (stopped === 'finished' || stopped === 'before') {
    const again = '; it is left as it is, and another --out trains anew';
    console.log(`${where} ${stopped === 'finished' ? 'is finished' : `was finished before${again}`}`);
    console.log(await scoresOf(directory));
    return;
  }
  console.log(`${where} was stopped: the same command goes on`);
  process.exitCode = stopped === 'SIGTERM' ? 143 : 130;
}

/** The numbers of all data sets as a table. */
async function scoresOf(directory: RunDirectory): Promise<string> {
  const { scores } = JSON.parse(await readFile(directory.of('result'), 'utf8'));
  const sets = Object.entries(scores as Record<string, Record<string, unknown>>);
  const names = Object.entries(sets[0]?.[1] ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' ? [name] : [],
  );
  const rows = sets.map(([set, of]) => [set, ...names.map((name) => (of[name] as number).toFixed(4))]);
  return textTable([['', ...names], ...rows]);
}

function threads(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('it must be an integer from 1');
  return number;
}
