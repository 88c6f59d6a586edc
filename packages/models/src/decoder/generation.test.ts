import { useBackend } from '@chui/runtime';
import { memory, mul, slice, tensor2d, tidy, type Variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { KeyValueCache } from '../generation/key_value_cache.js';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import { LlamaForCausalLM } from '../llama/llama.js';
import { MistralForCausalLM } from '../mistral/mistral.js';
import { RnnForCausalLM } from '../rnn_lm/rnn_lm.js';
import type { CausalLM } from './causal_lm.js';

const gpt2 = { vocabSize: 23, nEmbd: 16, nLayer: 2, nHead: 2, nPositions: 160, initializerRange: 0.4 };
const llama = {
  ...{ vocabSize: 23, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 4, numKeyValueHeads: 2 },
  ...{ intermediateSize: 24, maxPositionEmbeddings: 160, initializerRange: 0.4, eosTokenId: null },
};
const rnn = { vocabSize: 23, hiddenSize: 16, embeddingSize: 12, initializerRange: 0.8 };
const makers: [string, () => CausalLM][] = [
  ['gpt2', () => GPT2LMHeadModel.fromConfig(gpt2, { seed: 4 })],
  ['llama', () => LlamaForCausalLM.fromConfig(llama, { seed: 4 })],
  ['rnn', () => RnnForCausalLM.fromConfig(rnn, { seed: 4 })],
  ['rnn of GRUs', () => RnnForCausalLM.fromConfig({ ...rnn, cell: 'gru' }, { seed: 4 })],
  ...(['additive', 'general', 'dot', 'scaledDot', 'projectedDot', 'multiHead'] as const).map(
    (attention): [string, () => CausalLM] => [
      `rnn with ${attention} attention`,
      () => RnnForCausalLM.fromConfig({ ...rnn, attention }, { seed: 4 }),
    ],
  ),
];

/** The likeliest tokens after a prompt, each by a run of all that is before it. */
function withoutCache(model: CausalLM, prompt: number[], count: number): number[] {
  const ids = [...prompt];
  for (let i = 0; i < count; i++) {
    const scores = tidy(() => {
      const { logits } = model.forward({ inputIds: [ids] });
      return slice(logits, [0, ids.length - 1, 0], [1, 1, -1])
        .dataSync()
        .slice();
    });
    ids.push(scores.indexOf(Math.max(...scores)));
  }
  return ids;
}

describe.each(['cpu', 'native'] as const)('generation on %s', (backend) => {
  describe.skipIf(backend === 'native' && !inject('hasNativeBackend')).each(makers)('%s', (_, make) => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    it('with a cache chooses what it chooses without, also where the cache grows', async () => {
      const model = make();
      const prompt = [3, 7, 1, 12, 5];
      const before = memory().numTensors;
      const [ids] = await model.generate({ inputIds: [prompt] }, { maxNewTokens: 70 });
      expect(memory().numTensors).toBe(before);
      expect(ids).toEqual(withoutCache(model, prompt, 70));
      model.dispose();
    });

    it('of rows of different lengths is that of each alone', async () => {
      const model = make();
      const prompts = [[4], [9, 2, 11, 6], [8, 8]];
      const config = { maxNewTokens: 8 };
      const together = await model.generate({ inputIds: prompts }, config);
      for (const [i, prompt] of prompts.entries()) {
        expect(together[i]).toEqual((await model.generate({ inputIds: [prompt] }, config))[0]);
      }
      const mask = [
        [0, 0, 0, 1],
        [1, 1, 1, 1],
      ];
      const given = { inputIds: tensor2d([[0, 0, 0, 4], prompts[1]!], [2, 4], 'int32'), attentionMask: mask };
      const padded = await model.generate(given, config);
      given.inputIds.dispose();
      expect(padded.map((ids) => ids.slice(4))).toEqual([together[0]!.slice(1), together[1]!.slice(4)]);
      model.dispose();
    });

    it('with a window forgets what it sees no more', async () => {
      const sizes = { ...llama, slidingWindow: 5, maxPositionEmbeddings: 400 };
      const model = MistralForCausalLM.fromConfig(sizes, { seed: 4 });
      const prompts = [
        [3, 7, 1, 12, 5],
        [4, 9],
      ];
      const ids = prompts.map((prompt) => [...prompt]);
      const bytes: number[] = [];
      for await (const next of model.stream({ inputIds: prompts }, { maxNewTokens: 150 })) {
        next.forEach((id, row) => {
          ids[row]!.push(id!);
        });
        bytes.push(memory().numBytes);
      }
      expect(bytes.at(-1)).toBe(bytes[10]);
      for (const [row, prompt] of prompts.entries())
        expect(ids[row]).toEqual(withoutCache(model, prompt, 150));
      const config = { numBeams: 3, maxNewTokens: 90, minNewTokens: 90 };
      const [found] = await model.generate({ inputIds: [[3, 7]] }, config);
      const pastKeyValues = new KeyValueCache();
      expect(await model.generate({ inputIds: [[3, 7]] }, { ...config, pastKeyValues })).toEqual([found]);
      const [greedy] = await model.generate(
        { inputIds: [prompts[0]!] },
        { maxNewTokens: 100, pastKeyValues },
      );
      expect(greedy).toEqual(ids[0]!.slice(0, 105));
      const help = { maxNewTokens: 100, promptLookupNumTokens: 3 };
      expect(await model.generate({ inputIds: [prompts[0]!] }, help)).toEqual([greedy]);
      pastKeyValues.dispose();
      model.dispose();
    });

    it('repeats by its seed, with beams of drawn texts or not', async () => {
      const model = make();
      const draw = (seed: number) =>
        model.generate(
          { inputIds: [[1, 2]] },
          { doSample: true, seed, numReturnSequences: 5, maxNewTokens: 6, topP: 0.9, temperature: 1.5 },
        );
      const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
      expect(first).toHaveLength(5);
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
      model.dispose();
    });
  });
});

describe('generation', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  const model = () => GPT2LMHeadModel.fromConfig({ ...gpt2, nPositions: 16 }, { seed: 4 });

  it('leaves no tensor behind, ended early or not', async () => {
    const gpt = GPT2LMHeadModel.fromConfig({ ...gpt2, nEmbd: 4, nLayer: 1, nPositions: 16 }, { seed: 4 });
    const inputs = { inputIds: [[1, 2, 3]] };
    const before = memory().numTensors;
    for (let i = 0; i < 1000; i++) {
      const stop = new AbortController();
      const aborts = () => {
        stop.abort(new Error('enough'));
        return false;
      };
      switch (i % 4) {
        case 0:
          await gpt.generate(inputs, { maxNewTokens: 2 });
          break;
        case 1: {
          const config = { maxNewTokens: 5, stoppingCriteria: [aborts], signal: stop.signal };
          await expect(gpt.generate(inputs, config)).rejects.toThrow('enough');
          break;
        }
        case 2:
          for await (const _ of gpt.stream(inputs, { maxNewTokens: 5 })) break;
          break;
        default:
          await gpt.generate(inputs, { maxNewTokens: 2, numBeams: 2, repetitionPenalty: 1.2 });
      }
    }
    expect(memory().numTensors).toBe(before);
    gpt.dispose();
  }, 120_000);

  it('lets timers have their turn, so that what they abort ends', async () => {
    const gpt = GPT2LMHeadModel.fromConfig({ ...gpt2, nEmbd: 64, nPositions: 2000 }, { seed: 4 });
    for (const config of [
      {},
      { numBeams: 2 },
      { promptLookupNumTokens: 3 },
      { penaltyAlpha: 0.5, topK: 2 },
    ]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 50);
      const made = gpt.generate(
        { inputIds: [[1, 2, 3]] },
        { ...config, minLength: 2000, maxLength: 2000, signal: stop.signal },
      );
      await expect(made).rejects.toThrow('enough');
    }
    gpt.dispose();
  });

  it('begins with no token that the vocabulary does not have', async () => {
    const gpt = GPT2LMHeadModel.fromConfig({ ...gpt2, bosTokenId: 50_256 }, { seed: 4 });
    await expect(gpt.generate({}, { maxNewTokens: 3 })).rejects.toThrow('no bosTokenId from 0 to 22');
    gpt.dispose();
  });

  it('begins with the start token where there is no prompt', async () => {
    const gpt = GPT2LMHeadModel.fromConfig({ ...gpt2, bosTokenId: 7 }, { seed: 4 });
    expect((await gpt.generate({}, { maxNewTokens: 3 }))[0]!.slice(0, 1)).toEqual([7]);
    gpt.dispose();
  });

  it.each([
    [
      {},
      {},
      'inputIds must have a token to begin with where the configuration has no bosTokenId from 0 to 22, but has none',
    ],
    [{ inputIds: [[1, 23]] }, {}, 'inputIds must be ids from 0 to 22, but has 23'],
    [
      { inputIds: [new Array(16).fill(1)] },
      {},
      'inputIds must be shorter than the 16 positions of the model, but have 16',
    ],
    [
      { inputIds: [[1]] },
      { maxLength: 17 },
      'maxLength must be at most the 16 positions of the model, but is 17',
    ],
    [
      { inputIds: [[1, 2]], attentionMask: [[1, 0]] },
      {},
      'attentionMask must be 0 before the tokens only, but row 0 ends with 0',
    ],
    [
      { inputIds: [[1, 2]], attentionMask: [[1]] },
      {},
      'attentionMask must be as long as inputIds, but row 0 has 1 in the place of 2',
    ],
    [{ inputIds: 5 }, {}, 'inputIds must be rows, such as [[5, 6]], or a tensor, but is 5'],
    [{ ids: [[1]] }, {}, 'ids'],
    [{ inputIds: [[1]] }, { topk: 5 }, 'topk'],
  ])('refuses %j with %j', async (inputs, config, message) => {
    const gpt = model();
    await expect(gpt.generate(inputs as never, config as never)).rejects.toThrow(message);
    gpt.dispose();
  });

  it('says that the model gives NaN', async () => {
    const gpt = model();
    const [, weights] = gpt.namedParameters()[0]! as [string, Variable];
    tidy(() => weights.assign(mul(weights, Number.NaN)));
    for (const config of [{}, { doSample: true }, { numBeams: 2 }, { repetitionPenalty: 2 }]) {
      await expect(gpt.generate({ inputIds: [[1]] }, config)).rejects.toThrow(
        'logits must be numbers, but the model gives NaN',
      );
    }
    gpt.dispose();
  });

  it('does not stream beams', async () => {
    const gpt = model();
    const next = gpt.stream({ inputIds: [[1]] }, { numBeams: 2 }).next();
    await expect(next).rejects.toThrow('stream: numBeams must be 1, but is 2');
    gpt.dispose();
  });
});
