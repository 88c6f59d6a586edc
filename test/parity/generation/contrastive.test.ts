import { readFileSync } from 'node:fs';
import { AutoModelForCausalLM } from '@chui/models';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';

interface Case {
  readonly model: string;
  readonly kwargs: Record<string, number>;
  readonly input_ids: number[][];
  readonly expected: number[][];
}

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
const cases: Case[] = JSON.parse(readFileSync(`${fixtures}generation/contrastive.json`, 'utf8'));
const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('contrastive search', () => {
  onEveryBackend(() => {
    test.each(cases.map((each) => [`${each.model} ${JSON.stringify(each.kwargs)}`, each] as const))(
      '%s',
      async (_, { model: name, kwargs, input_ids: inputIds, expected }) => {
        const model = await AutoModelForCausalLM.fromPretrained(`${fixtures}decoders/${name}/checkpoint`);
        const config = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camel(key), value]));
        const before = memory().numTensors;
        expect(await model.generate({ inputIds }, config)).toEqual(expected);
        const [prompt] = inputIds as [number[]];
        const batch = { inputIds: [prompt.slice(1), prompt] };
        const [shorter, same] = await model.generate(batch, config);
        expect(same).toEqual(expected[0]);
        expect(await model.generate({ inputIds: [prompt.slice(1)] }, config)).toEqual([shorter]);
        expect(memory().numTensors).toBe(before);
        model.dispose();
      },
      30_000,
    );
  });
});
