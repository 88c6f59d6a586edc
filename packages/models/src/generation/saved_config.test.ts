import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AutoModelForCausalLM } from '../auto/auto_models.js';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import type { GenerationConfig } from './config.js';
import { withDefaults } from './saved_config.js';

const qwen: GenerationConfig = {
  doSample: true,
  temperature: 0.7,
  topP: 0.8,
  topK: 20,
  repetitionPenalty: 1.05,
};
const beams: GenerationConfig = { numBeams: 4, lengthPenalty: 2, earlyStopping: true };

describe('defaults of generation', () => {
  it.each<[GenerationConfig, GenerationConfig, GenerationConfig]>([
    [qwen, {}, qwen],
    [qwen, { temperature: 1 }, { ...qwen, temperature: 1 }],
    [qwen, { doSample: false }, { doSample: false, repetitionPenalty: 1.05 }],
    [qwen, { numBeams: 3 }, { numBeams: 3, repetitionPenalty: 1.05 }],
    [qwen, { penaltyAlpha: 0.6 }, { penaltyAlpha: 0.6, topK: 20, repetitionPenalty: 1.05 }],
    [beams, {}, beams],
    [beams, { numBeams: 1 }, { numBeams: 1 }],
    [beams, { doSample: true }, { doSample: true }],
    [{ penaltyAlpha: 0.6, topK: 4 }, {}, { penaltyAlpha: 0.6, topK: 4 }],
    [{ penaltyAlpha: 0.6, topK: 4 }, { numBeams: 2 }, { numBeams: 2 }],
    [{ penaltyAlpha: 0.6, topK: 4 }, { doSample: true }, { doSample: true, topK: 4 }],
    [{ maxLength: 20, maxMatchingNgramSize: 2, numAssistantTokens: 9 }, {}, {}],
    [{ repetitionPenalty: 2 }, { repetitionPenalty: undefined }, { repetitionPenalty: 2 }],
  ])('%j and %j make %j', (defaults, given, merged) => {
    expect(withDefaults(defaults, given)).toEqual(merged);
  });
});

describe('generation_config.json', () => {
  let directory: string;
  const sizes = { vocabSize: 23, nEmbd: 16, nLayer: 1, nHead: 2, nPositions: 64, initializerRange: 0.4 };
  const inputs = { inputIds: [[3, 7, 1]] };

  beforeAll(async () => {
    await useBackend('cpu');
    directory = await mkdtemp(join(tmpdir(), 'chui-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const saved = async (config: object) => {
    const model = GPT2LMHeadModel.fromConfig(sizes, { seed: 4 });
    await model.savePretrained(directory);
    model.dispose();
    await writeFile(join(directory, 'generation_config.json'), JSON.stringify(config));
    return AutoModelForCausalLM.fromPretrained(directory);
  };

  it('says how a model generates, and is saved with it', async () => {
    const file = {
      ...{ _from_model_config: true, transformers_version: '4.46.3', bos_token_id: 1, pad_token_id: null },
      ...{
        do_sample: true,
        top_k: 5,
        max_new_tokens: 9,
        eos_token_id: [22, 21],
        min_p: null,
        epsilon_cutoff: 0,
      },
    };
    const model = await saved(file);
    const own = { doSample: true, topK: 5, eosTokenId: [22, 21], epsilonCutoff: 0 };
    expect(model.generationConfig).toEqual({ ...own, maxNewTokens: 9 });
    const [drawn] = await model.generate(inputs, { seed: 1 });
    const bare = await AutoModelForCausalLM.fromConfig({ modelType: 'gpt2', ...sizes }, { seed: 4 });
    expect(bare.generationConfig).toEqual({});
    expect(await bare.generate(inputs, { ...own, maxNewTokens: 9, seed: 1 })).toEqual([drawn]);
    const greedy = { eosTokenId: [22, 21], maxNewTokens: 9 };
    expect(await model.generate(inputs, { doSample: false })).toEqual(await bare.generate(inputs, greedy));
    model.generationConfig = { ...model.generationConfig, topK: 7 };
    await model.savePretrained(directory);
    const { pad_token_id: _, min_p: __, ...rest } = file;
    expect(JSON.parse(await readFile(join(directory, 'generation_config.json'), 'utf8'))).toEqual({
      ...rest,
      top_k: 7,
    });
    for (const each of [model, bare]) each.dispose();
  });

  it('is named where it is broken', async () => {
    const model = await saved({ temperature: -1, do_sample: true });
    await expect(model.generate(inputs)).rejects.toThrow('temperature: must be above 0, but is -1');
    model.dispose();
    await writeFile(join(directory, 'generation_config.json'), '{"do_sample":');
    await expect(AutoModelForCausalLM.fromPretrained(directory)).rejects.toThrow(
      `${directory}/generation_config.json must be JSON`,
    );
  });
});
