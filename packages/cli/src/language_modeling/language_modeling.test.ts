import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { Tokenizer, wordTokenizer } from '@chui/tokenizer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdOut } from '../pretrain/read_documents.js';
import { parseWith } from '../train/schema_errors.js';
import { recipeSchema, taskOf } from '../train/tasks.js';
import { architectureNames, architectures } from './architectures.js';
import { encodeTexts, textsNote } from './encode_texts.js';
import { readTexts } from './read_texts.js';
import { type LanguageModelOptions, recipeOf } from './recipe_of.js';
import { textSampler } from './sample_texts.js';
import { makeVocabulary, marksOf } from './vocabulary.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-lm-'));
  await write('play.txt', `\uFEFF${'To be,\nor not\n\n  to be.\n'.repeat(20)}`);
  await write('stories.txt', 'one\n<|endoftext|>\n two \r\n<|endoftext|>\r\n\n<|endoftext|>three');
  await write('rows.jsonl', '{"text": "a\\nb", "story": "c"}\n{"text": "d", "story": "e"}\n');
  await write('words.txt', 'x');
});
afterAll(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const separator = '<|endoftext|>';
const read = (names: string[], text?: string) =>
  readTexts(
    names.map((name) => join(folder, name)),
    { separator, text },
  );

/** Prepares a training in the folder. */
async function prepare(options: LanguageModelOptions) {
  const recipe = parseWith(recipeSchema, recipeOf(options), 'test');
  const paths = { resolve: (path: string) => join(folder, path), written: (path: string) => path };
  return taskOf(recipe).prepare(recipe, paths);
}

/** What is wrong, without the folder. */
const errorOf = (options: LanguageModelOptions) =>
  prepare(options).then(
    () => 'nothing',
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  );

describe('texts', () => {
  test('are files as they are, what is between separators, or rows', async () => {
    const [play] = await read(['play.txt']);
    expect(play!.slice(0, 24)).toBe('To be,\nor not\n\n  to be.\n');
    expect(await read(['stories.txt', 'rows.jsonl'])).toEqual(['one', ' two ', 'three', 'a\nb', 'd']);
    expect(await read(['rows.jsonl'], 'story')).toEqual(['c', 'e']);
    await expect(read(['missing.txt'])).rejects.toThrow('missing.txt must exist, but does not');
    await write('broken.txt', 'a');
    await writeFile(join(folder, 'broken.txt'), Uint8Array.of(0x61, 0x0a, 0xff));
    await expect(read(['broken.txt'])).rejects.toThrow('broken.txt: line 2 is not valid UTF-8');
    await write('blank.txt', ' \n');
    await expect(read(['blank.txt'])).rejects.toThrow('blank.txt must have a text, but has none');
    await write('numbers.jsonl', '{"text": 5}');
    await expect(read(['numbers.jsonl'])).rejects.toThrow(
      'numbers.jsonl:1 must have a text as text, but has 5',
    );
  });

  test('are held out by their ends, of whole characters', () => {
    expect(holdOut(['abcdefgh', 'ij'], 0.25)).toEqual({ train: ['abcdef', 'ij'], eval: ['gh'] });
    expect(holdOut(['ab😀c'], 0.4)).toEqual({ train: ['ab'], eval: ['😀c'] });
    expect(() => holdOut(['ab'], 0.1)).toThrow(
      'data.evalShare must be a character of a document at least, but is 0.1 of 2 characters; give data.eval',
    );
  });
});

describe.each(['characters', 'bytes'] as const)('a vocabulary of %s', (kind) => {
  const texts = ['To be,\nor not\n\n  to be. \r\n\t猫😀 end '];
  const options = { kind, vocabSize: 300, context: 16 };

  test('gives back a text to the last blank and line, from its files too', async () => {
    const { tokenizer, files } = await makeVocabulary(texts, options);
    const { ids } = tokenizer.encode(texts[0]!);
    expect(tokenizer.decode(ids)).toBe(texts[0]);
    const written = await files();
    const again = Tokenizer.fromJSON(String(written['tokenizer.json']));
    expect(again.decode(again.encode(texts[0]!).ids)).toBe(texts[0]);
    expect(JSON.parse(String(written['tokenizer_config.json']))).toMatchObject({
      ...{ bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', model_max_length: 16 },
    });
    expect(marksOf(tokenizer)).toEqual({ beginTokenId: 0, endTokenId: 0 });
  });

  test('counts what it does not know', async () => {
    const { tokenizer } = await makeVocabulary(texts, options);
    const encoded = encodeTexts('eval', ['be!!', 'to'], tokenizer);
    const share = kind === 'bytes' ? '5 tokens, 0.000 %' : '6 tokens, 33.333 %';
    expect(textsNote('eval', ['be!!', 'to'], encoded)).toBe(`eval: 2 documents, ${share} of them unknown`);
    expect([encoded.ids[0], encoded.ids.at(-1), encoded.ids.length]).toEqual([0, 0, encoded.tokens + 3]);
    expect(() => encodeTexts('data.eval', ['b'], tokenizer)).toThrow(
      'data.eval must have two tokens at least, but has 1',
    );
  });
});

describe('architectures', () => {
  test.each(architectureNames)('%s is made of sizes', async (name) => {
    await useBackend('cpu');
    const sizes = { layers: 1, width: 32, heads: 2, dropout: 0.1 };
    const model = AutoModelForCausalLM.fromConfig(
      { modelType: name, vocabSize: 9, bosTokenId: null, eosTokenId: null, ...architectures[name](sizes, 8) },
      { seed: 1 },
    );
    expect(model.config.modelType).toBe(name);
    expect(model.maxTokens).toBe(name === 'rnn_lm' ? Infinity : 8);
    const { logits } = model.forward({ inputIds: [[1, 2, 3, 4, 5, 6, 7, 8]] });
    expect(logits.shape).toEqual([1, 8, 9]);
    logits.dispose();
    model.dispose();
  });
});

describe('samples', () => {
  test('name what is wrong with a prompt', async () => {
    const { tokenizer } = await makeVocabulary(['to be'], { kind: 'characters', vocabSize: 99, context: 4 });
    const sample = (prompts: string[], of = tokenizer) =>
      textSampler(of, {
        ...{ prompts, tokens: 9, temperature: 1, context: 4, seed: 1, text: new Int32Array() },
      });
    expect(() => sample(['', 'be'])).not.toThrow();
    expect(() => sample(['to', 'to b'])).toThrow(
      'samples.prompts[1] must have fewer tokens than context, 4, but has 4',
    );
    const words = wordTokenizer(['to be']).toJSON() as { added_tokens: { content: string }[] };
    const unmarked = { ...words, post_processor: null, added_tokens: words.added_tokens.slice(0, 2) };
    expect(() => sample([''], Tokenizer.fromJSON(unmarked))).toThrow(
      'samples.prompts[0] must have a token where no token begins texts, but has none',
    );
  });
});

describe('the training of a language model', () => {
  const data = ['play.txt'];
  const small = { data, tokenizer: 'characters', context: 8 };

  test('says what it makes of the texts', async () => {
    const { counts, notes, recipe, training } = await prepare(small);
    // 20 times 24 characters, of which a tenth is held out, and a mark at either end.
    expect(counts).toEqual({ train: 55, eval: 7 });
    expect(notes).toEqual([
      'the vocabulary has 13 tokens',
      'train: 1 document, 432 tokens, 0.000 % of them unknown',
      'eval: 1 document, 48 tokens, 0.000 % of them unknown',
    ]);
    expect(recipe).toMatchObject({
      ...{ architecture: 'gpt2', context: 8, windows: 'packed', documentMasks: false, evalStride: 0 },
      data: { train: ['play.txt'], evalShare: 0.1, separator },
      model: { layers: 4, width: 256, heads: 4, dropout: 0.1 },
    });
    expect(training).toBeUndefined();
  });

  test('at random windows is counted in steps', async () => {
    const random = { ...small, randomWindows: true, batchSize: 3, accumulate: 2 };
    const { counts, training } = await prepare({ ...random, epochs: 2 });
    expect(counts.train).toBe(426);
    // 434 tokens are 54.25 windows of 8, and 6 windows an update.
    expect(training).toMatchObject({ maxSteps: 19, evalSteps: 10 });
    expect(training).not.toHaveProperty('epochs');
    const { training: stepped } = await prepare({ ...random, steps: 5, evalSteps: 2 });
    expect(stepped).toMatchObject({ maxSteps: 5, evalSteps: 2 });
  });

  test('has a least rate of a tenth of the highest, where the schedule has an end', () => {
    const trainingOf = (training: object) => {
      const { task, data: files } = { task: 'language-modeling', data: { train: 'a.txt' } };
      return (recipeSchema.parse({ task, data: files, training }) as { training: object }).training;
    };
    expect(trainingOf({})).toMatchObject({
      ...{ learningRate: 1e-3, minLearningRate: 1e-4, schedule: 'cosine', warmupRatio: 0.05, epochs: 10 },
      ...{ weightDecay: 0.1, excludeFromWeightDecay: true, beta1: 0.9, beta2: 0.95, maxGradNorm: 1 },
    });
    expect(trainingOf({ learningRate: 0.02, maxSteps: 3 })).toMatchObject({ minLearningRate: 0.002 });
    expect(trainingOf({ learningRate: 0.02, minLearningRate: 0 })).toMatchObject({ minLearningRate: 0 });
    expect(trainingOf({ schedule: 'constant' })).not.toHaveProperty('minLearningRate');
  });

  test('tells in a line what is wrong', async () => {
    expect(await errorOf({})).toBe('train lm must have --data: see chui train lm --help');
    expect(await errorOf({ data: ['missing.txt'] })).toBe('missing.txt must exist, but does not');
    expect(await errorOf({ data, tokenizer: 'x', vocabSize: 9 })).toBe(
      '--vocab-size must come with a new vocabulary, but --tokenizer names one that there is',
    );
    expect(await errorOf({ ...small, evalStride: 8 })).toBe(
      'evalStride must be below context, which is 8, but is 8',
    );
    expect(await errorOf({ ...small, context: 500, randomWindows: true })).toBe(
      'context must be below the 434 tokens of data.train for random windows, but is 500',
    );
    expect(await errorOf({ ...small, minLearningRate: 1 })).toBe(
      'test: training.minLearningRate must be at least 0 and below 0.001, but is 1',
    );
    expect(await errorOf({ ...small, heads: 3 })).toBe(
      'test: model.heads must divide width, which is 256, but is 3',
    );
    expect(await errorOf({ ...small, data: ['words.txt'] })).toMatch(/^data\.evalShare must be a character/);
  });
});
