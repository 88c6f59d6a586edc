import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PipelineOf, type PipelineTask, pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testBackends } from '../../support/backends.js';

const root = new URL('../../fixtures/pipelines/', import.meta.url);

/** What Hugging Face's pipeline gave, as scripts/make_pipeline_references.py writes it. */
interface Case {
  model: string;
  config?: Record<string, unknown>;
  input: unknown;
  /** Of zero-shot classification. */
  labels?: string | string[];
  options: Record<string, unknown>;
  result: unknown;
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The same with all keys in camelCase. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [camel(key), camelKeys(each)]));
}

/** Offsets of code points in a text as those of UTF-16 units. */
function inUnits(result: unknown, text: string): unknown {
  if (Array.isArray(result)) return result.map((each) => inUnits(each, text));
  const { start, end, ...rest } = result as { start: number; end: number };
  const units = (count: number) => [...text].slice(0, count).join('').length;
  return { ...rest, start: units(start), end: units(end) };
}

/** Scores are compared to 1e-4, all else exactly. */
function expectSame(found: unknown, expected: unknown): void {
  const rounded = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rounded);
    if (typeof value === 'number' && !Number.isInteger(value)) return expect.closeTo(value, 4);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        key === 'score' ? expect.closeTo(each as number, 4) : rounded(each),
      ]),
    );
  };
  expect(found).toEqual(rounded(expected));
}

function eachCase<T extends PipelineTask>(
  task: T,
  check: (run: PipelineOf<T>, given: Case, options: never) => Promise<void>,
): void {
  const { cases } = JSON.parse(readFileSync(new URL(`${task}.json`, root), 'utf8')) as { cases: Case[] };
  const pipelines = new Map<string, PipelineOf<T>>();
  const load = async ({ model, config = {} }: Case) => {
    const key = model + JSON.stringify(config);
    if (!pipelines.has(key)) {
      const options = { config: camelKeys(config) as Record<string, unknown>, batchSize: 3 };
      pipelines.set(key, await pipeline(task, fileURLToPath(new URL(model, root)), options as never));
    }
    return pipelines.get(key)!;
  };
  afterAll(() => {
    for (const each of pipelines.values()) each.dispose();
  });
  describe(task, () => {
    test.each(cases.map((each, i) => [i, each.model, JSON.stringify(each.options), each] as const))(
      'case %i: %s %s',
      async (_i, _model, _options, given) => {
        const run = await load(given);
        const before = memory().numTensors;
        await check(run, given, camelKeys(given.options) as never);
        expect(memory().numTensors).toBe(before);
      },
    );
  });
}

// What runs on a backend is the models, which have tests of their own on each.
describe.each([testBackends.at(-1)!])('pipelines on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  eachCase('text-classification', async (run, { input, result }, options) => {
    const found = await run(camelKeys(input) as string[], options);
    expectSame(found, result);
  });

  eachCase('token-classification', async (run, { input, options: given, result }, options) => {
    const { is_split_into_words: isSplit, delimiter = ' ' } = given as Record<string, string>;
    const texts = [input].flat(isSplit && !Array.isArray((input as unknown[])[0]) ? 0 : 1) as (
      | string
      | string[]
    )[];
    const results =
      texts.length === 1 && !Array.isArray((result as unknown[])[0]) ? [result] : (result as unknown[]);
    const expected = results.map((each, i) => {
      return inUnits(each, [texts[i]!].flat().join(delimiter));
    });
    const found = (await run(input as string, options)) as object[];
    expectSame(Array.isArray(found[0]) ? found : [found], camelKeys(expected));
  });

  eachCase('question-answering', async (run, { input, options: { top_k }, result }, options) => {
    const questions = [input].flat() as { question: string; context: string }[];
    const results = Array.isArray(input) ? (result as unknown[]) : [result];
    // Hugging Face's library gives a list of one as its element.
    const expected = results.map((each, i) =>
      inUnits(top_k === undefined ? each : [each].flat(), questions[i]!.context),
    );
    const found = await run(input as typeof questions, options);
    expectSame(Array.isArray(input) ? found : [found], expected);
  });

  eachCase('fill-mask', async (run, { input, result }, options) => {
    expectSame(await run(input as string[], options), camelKeys(result));
  });

  eachCase('feature-extraction', async (run, { input, options: { pooling }, result }, options) => {
    const { data, dims } = await run(input as string, options);
    const rows = result as number[][];
    expect(dims).toEqual(pooling === 'none' ? [rows.length, rows[0]!.length] : [rows.length]);
    expectSame([...data], rows.flat());
  });

  eachCase('zero-shot-classification', async (run, { input, labels, result }, options) => {
    expectSame(await run(input as string[], labels!, options), result);
  });
});
