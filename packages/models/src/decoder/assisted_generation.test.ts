import { useBackend } from '@chui/runtime';
import { memory, slice, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { GenerationConfig } from '../generation/config.js';
import { KeyValueCache } from '../generation/key_value_cache.js';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import { LlamaForCausalLM } from '../llama/llama.js';
import type { CausalLM } from './causal_lm.js';

const VOCABULARY = 23;
const gpt2 = { vocabSize: VOCABULARY, nEmbd: 16, nLayer: 2, nHead: 2, nPositions: 96, initializerRange: 0.4 };
const llama = {
  ...{ vocabSize: VOCABULARY, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 2 },
  ...{ intermediateSize: 24, maxPositionEmbeddings: 96, initializerRange: 0.4, eosTokenId: 9 },
};
const makers: [string, (seed: number) => CausalLM][] = [
  ['gpt2', (seed) => GPT2LMHeadModel.fromConfig(gpt2, { seed })],
  ['llama', (seed) => LlamaForCausalLM.fromConfig(llama, { seed })],
];
const prompt = [3, 7, 1, 12, 5, 3, 7, 1];
const inputs = { inputIds: [prompt] };

const ways: [string, GenerationConfig][] = [
  ['greedily', {}],
  ['with penalties', { repetitionPenalty: 1.4, noRepeatNgramSize: 3, minNewTokens: 20 }],
  ['drawing', { doSample: true, topK: 12, temperature: 1.3, seed: 5 }],
];

describe.each(['cpu', 'native'] as const)('generation with help on %s', (backend) => {
  describe.skipIf(backend === 'native' && !inject('hasNativeBackend')).each(makers)('%s', (_, make) => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    it.each(ways)('of guesses chooses %s what it chooses without', async (_, way) => {
      const [model, other] = [make(4), make(7)];
      const config = { ...way, maxNewTokens: 30 };
      const expected = await model.generate(inputs, config);
      const before = memory().numTensors;
      const helps: GenerationConfig[] = [
        { assistantModel: model },
        { assistantModel: other, numAssistantTokens: 3 },
        { promptLookupNumTokens: 4 },
        { promptLookupNumTokens: 2, maxMatchingNgramSize: 1 },
      ];
      for (const help of helps) {
        expect(await model.generate(inputs, { ...config, ...help })).toEqual(expected);
        const streamed: number[] = [];
        for await (const [id] of model.stream(inputs, { ...config, ...help })) streamed.push(id!);
        expect([...prompt, ...streamed]).toEqual(expected[0]);
      }
      expect(memory().numTensors).toBe(before);
      model.dispose();
      other.dispose();
    });

    it('of what was read before chooses what it chooses without', async () => {
      const model = make(4);
      const before = memory().numTensors;
      const pastKeyValues = new KeyValueCache();
      const texts = [
        [...prompt, 4, 4],
        [...prompt, 8, 2, 6],
        prompt.slice(0, 3),
        [11],
        Array.from({ length: 70 }, (_, i) => (i * 5) % VOCABULARY),
      ];
      for (const ids of texts) {
        for (const way of [{}, { numBeams: 2 }, { promptLookupNumTokens: 3 }]) {
          const config = { ...way, maxNewTokens: 10 };
          const expected = await model.generate({ inputIds: [ids] }, config);
          expect(await model.generate({ inputIds: [ids] }, { ...config, pastKeyValues })).toEqual(expected);
          expect(pastKeyValues.ids.slice(0, ids.length - 1)).toEqual(ids.slice(0, -1));
        }
      }
      pastKeyValues.dispose();
      expect(memory().numTensors).toBe(before);
      model.dispose();
    });

    it('goes on with a chat of which it has read all but what is new', async () => {
      const model = make(4);
      const pastKeyValues = new KeyValueCache();
      const said = [...prompt];
      for (let turn = 0; turn < 3; turn++) {
        for await (const [id] of model.stream({ inputIds: [said] }, { maxNewTokens: 5, pastKeyValues })) {
          said.push(id!);
          if (said.length % 7 === 0) break;
        }
        expect(pastKeyValues.ids).toEqual(said.slice(0, -1));
        said.push(2, 20);
      }
      pastKeyValues.dispose();
      model.dispose();
    });

    it('gives the attentions of what was generated', async () => {
      const model = make(4);
      const before = memory().numTensors;
      const given = { inputIds: [[4], [9, 2, 11, 6]] };
      const config = {
        maxNewTokens: 5,
        minNewTokens: 5,
        returnDictInGenerate: true,
        outputAttentions: true,
      } as const;
      const { sequences, attentions } = await model.generate(given, config);
      expect(memory().numTensors).toBe(before);
      expect(attentions!.map((layers) => layers.length)).toEqual([2, 2]);
      for (const [i, ids] of sequences.entries()) {
        const { values, heads, steps, slots } = attentions![i]![1]!;
        expect([steps, slots]).toEqual([ids.length - 1, ids.length - 1]);
        const last = tidy(() => {
          const { attentions: whole } = model.forward({ inputIds: [ids] }, { outputAttentions: true });
          return slice(whole![1]!, [0, heads - 1, steps - 1, 0], [1, 1, 1, slots])
            .dataSync()
            .slice();
        });
        const own = values.slice(((heads - 1) * steps + steps - 1) * slots);
        for (const [at, value] of own.entries()) expect(value).toBeCloseTo(last[at]!, 5);
      }
      model.dispose();
    });
  });
});

describe('generation with help', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  it.each([
    [{ assistantModel: 5 }, 'assistantModel: must be a decoder, but is 5'],
    [
      { promptLookupNumTokens: 2, numBeams: 2 },
      'numBeams must be 1 where promptLookupNumTokens is given, but is 2',
    ],
    [{ numAssistantTokens: 2 }, 'numAssistantTokens must go with assistantModel, but is 2'],
    [{ maxMatchingNgramSize: 2 }, 'maxMatchingNgramSize must go with promptLookupNumTokens, but is 2'],
    [{ penaltyAlpha: 0.5 }, 'topK must be from 2 to 23 where penaltyAlpha is given, but is 0'],
    [
      { penaltyAlpha: 0.5, topK: 3, doSample: true },
      'doSample must be false where penaltyAlpha is given, but is true',
    ],
    [{ penaltyAlpha: 1.5, topK: 3 }, 'penaltyAlpha: must be at most 1, but is 1.5'],
    [{ pastKeyValues: {} }, 'pastKeyValues: must be a KeyValueCache'],
  ])('refuses %j', async (config, message) => {
    const model = GPT2LMHeadModel.fromConfig(gpt2, { seed: 4 });
    await expect(model.generate(inputs, config as never)).rejects.toThrow(message);
    model.dispose();
  });

  it('refuses what is of another model, or of several prompts', async () => {
    const [model, other] = [makers[0]![1](4), makers[1]![1](4)];
    const small = GPT2LMHeadModel.fromConfig({ ...gpt2, vocabSize: 20, nPositions: 12 }, { seed: 4 });
    const short = GPT2LMHeadModel.fromConfig({ ...gpt2, nPositions: 12 }, { seed: 4 });
    const pastKeyValues = new KeyValueCache();
    const before = memory().numTensors;
    await expect(model.generate(inputs, { assistantModel: small })).rejects.toThrow(
      'generate: assistantModel must have the vocabulary of 23 tokens, but is 20',
    );
    await expect(model.generate(inputs, { assistantModel: short })).rejects.toThrow(
      'generate: maxLength must be at most the 12 positions of assistantModel, but is 96',
    );
    const two = { inputIds: [[1], [2]] };
    await expect(model.generate(two, { promptLookupNumTokens: 2 })).rejects.toThrow(
      'generate: promptLookupNumTokens must go with one prompt, but there are 2',
    );
    expect(memory().numTensors).toBe(before);
    await model.generate(inputs, { pastKeyValues, maxNewTokens: 2 });
    await expect(other.generate(inputs, { pastKeyValues })).rejects.toThrow(
      'pastKeyValues must be of this model, but is of another one',
    );
    const stream = model.stream(inputs, { pastKeyValues });
    await stream.next();
    await expect(model.generate(inputs, { pastKeyValues })).rejects.toThrow('must not be in use');
    expect(() => pastKeyValues.dispose()).toThrow('must not be in use');
    await stream.return();
    pastKeyValues.dispose();
    for (const each of [model, other, small, short]) each.dispose();
  });
});
