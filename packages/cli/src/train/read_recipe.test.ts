import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrainingArgs, TranslatorRecipe } from '@chui/training';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { readRecipe } from './read_recipe.js';
import type { modelSchema } from './tasks/translation.js';
import { recipeSchema } from './tasks.js';

const example = (name: string) => fileURLToPath(new URL(`../../recipes/${name}.json`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-recipes-'));
});
afterAll(() => rm(folder, { recursive: true }));

const good = {
  task: 'translation',
  data: { path: 'pairs.tsv' },
  model: { kind: 'rnn' },
  training: { maxSteps: 1 },
};

/** The lines of what is wrong with a recipe, without the file that each begins with. */
async function wrong(recipe: unknown): Promise<string[]> {
  const file = join(folder, 'recipe.json');
  await writeFile(file, typeof recipe === 'string' ? recipe : JSON.stringify(recipe));
  const { message } = await readRecipe(file).then(
    () => new Error('nothing is wrong'),
    (error: Error) => error,
  );
  const lines = message.split('\n');
  for (const line of lines) expect(line.slice(0, file.length)).toBe(file);
  return lines.map((line) => line.slice(file.length).replace(/^: /, ''));
}

describe('a recipe', () => {
  it.each(['dates', 'pairs'])('%s is an example', async (name) => {
    expect(await readRecipe(example(name))).toMatchObject({ task: 'translation', checkpoints: { keep: 1 } });
  });

  it('may begin with a byte order mark', async () => {
    await writeFile(join(folder, 'bom.json'), `\uFEFF${JSON.stringify(good)}`);
    expect((await readRecipe(join(folder, 'bom.json'))).seed).toBe(0);
  });

  it.each<[string, object, string | RegExp]>([
    [
      'a value below its limit',
      { training: { maxSteps: 1, learningRate: -1 } },
      'training.learningRate must be at least 0, but is -1',
    ],
    [
      'an unknown key',
      { training: { maxSteps: 1, learningrate: 1 } },
      /^training\.learningrate is not known, but learningRate is; there are epochs, maxSteps, /,
    ],
    [
      'an unknown key like no other',
      { zzzzzzzz: 1 },
      /^zzzzzzzz is not known; there are task, data, tokens, model, /,
    ],
    [
      'a key of another kind of model',
      { model: { kind: 'rnn', layers: 2 } },
      /^model\.layers is not known; there are kind, width, /,
    ],
    [
      'a kind that is not there',
      { model: { kind: 'lstm' } },
      'model.kind must be one of rnn, attention, transformer, but is "lstm"',
    ],
    [
      'another task',
      { task: 'summarization' },
      /^task must be one of translation, text-classification, .*, but is "summarization"$/,
    ],
    [
      'no task',
      { task: undefined },
      /^task must be one of translation, text-classification, .*, but is not given$/,
    ],
    ['a missing key', { data: undefined }, 'data must be an object, but is not given'],
    ['a missing key within', { data: { source: 'en' } }, 'data.path must be a text, but is not given'],
    ['a count of dates', { data: { dates: { train: 0 } } }, 'data.dates.train must be at least 1, but is 0'],
    [
      'a key of dates',
      { data: { dates: { train: 9, trian: 0 } } },
      /^data\.dates\.trian is not known, but train is/,
    ],
    [
      'a part of a number',
      { training: { maxSteps: 1.5 } },
      'training.maxSteps must be a whole number, but is 1.5',
    ],
    [
      'a text for a number',
      { training: { maxSteps: '5' } },
      'training.maxSteps must be a number, but is "5"',
    ],
    [
      'a name of no schedule',
      { training: { maxSteps: 1, schedule: 'cos' } },
      'training.schedule must be one of linear, cosine, constant, inverseSqrt, but is "cos"',
    ],
    [
      'a norm',
      { training: { maxSteps: 1, maxGradNorm: 'none' } },
      'training.maxGradNorm must be a number or Infinity, but is "none"',
    ],
    [
      'a norm of zero',
      { training: { maxSteps: 1, maxGradNorm: 0 } },
      'training.maxGradNorm must be above 0, but is 0',
    ],
    [
      'a place in a list',
      { training: { maxSteps: 1, lengths: [8, 0] } },
      'training.lengths[1] must be at least 1, but is 0',
    ],
    [
      'an empty list',
      { training: { maxSteps: 1, lengths: [] } },
      'training.lengths must not be empty, but is []',
    ],
    [
      'a name with a dot',
      { training: { maxSteps: 1, learningRates: { 'a.b': -1 } } },
      'training.learningRates["a.b"] must be at least 0, but is -1',
    ],
    [
      'a rule over several',
      { training: {} },
      'training: one of epochs, maxSteps and maxSeconds must be given',
    ],
    [
      'two that exclude each other',
      { training: { maxSteps: 1, evalSteps: 1, evalEpochs: 1 } },
      'training.evalSteps and evalEpochs must not both be given',
    ],
    [
      'a schedule without an end',
      { training: { maxSeconds: 1 } },
      /^training\.schedule must be constant or inverseSqrt .*, but is linear$/,
    ],
    [
      'heads',
      { model: { kind: 'transformer', width: 32, heads: 3 } },
      'model.heads must divide width, which is 32, but is 3',
    ],
    ['an odd width', { model: { kind: 'rnn', width: 33 } }, 'model.width must be a multiple of 2, but is 33'],
  ])('%s is told in one line', async (_name, part, message) => {
    const lines = await wrong({ ...good, ...part });
    expect(lines).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  });

  it('has a line for each thing that is wrong', async () => {
    const lines = await wrong({ ...good, sed: 1, seed: -1, model: { kind: 'rnn', width: 0 } });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['model.width', 'seed', 'sed']);
  });

  it.each([
    ['{\n  "task": translation\n}', ':2:11: it must be JSON, but here is: invalid symbol'],
    ['{\n  "task": "translation",\n}', /^:3:1: it must be JSON, but here is: /],
    ['{"task": "translation"', /^:1:23: it must be JSON, but here is: close brace expected$/],
    ['', /^:1:1: it must be JSON/],
    ['[1]', / must be a JSON object/],
  ])('%j is no JSON object, which is told with its place', async (text, message) => {
    expect(await wrong(text)).toEqual([
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  });

  it('must be a file', async () => {
    const missing = join(folder, 'nowhere.json');
    await expect(readRecipe(missing)).rejects.toThrow(
      `${missing} must be a file with a recipe, but does not exist`,
    );
    await expect(readRecipe(folder)).rejects.toThrow(
      `${folder} must be a file with a recipe, but is a directory`,
    );
  });

  it('has a JSON schema', () => {
    const { oneOf } = z.toJSONSchema(recipeSchema, { io: 'input' }) as unknown as {
      oneOf: { properties: Record<string, object>; required: string[]; additionalProperties: boolean }[];
    };
    expect(oneOf[0]).toMatchObject({
      properties: { task: { const: 'translation' } },
      required: ['task', 'data', 'model', 'training'],
      additionalProperties: false,
    });
  });

  it('has all that translators are made of', () => {
    type Keys<T> = T extends unknown ? keyof T : never;
    type Own = Exclude<
      keyof TranslatorRecipe,
      keyof TrainingArgs | 'sourceTokens' | 'targetTokens' | 'minFrequency'
    >;
    expectTypeOf<Keys<z.output<typeof modelSchema>>>().toEqualTypeOf<Own>();
  });
});
