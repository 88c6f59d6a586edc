import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { memory, type Scalar, type Tensor, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AutoModelForCausalLM } from '../auto/auto_models.js';
import { pipeline } from '../pipelines/pipeline.js';
import type { RnnLMOptions } from './config.js';
import { RnnForCausalLM } from './rnn_lm.js';

const sizes = { vocabSize: 23, hiddenSize: 16, embeddingSize: 12, initializerRange: 0.5 };
const variants: [string, RnnLMOptions][] = [
  ['LSTMs', sizes],
  ['GRUs, untied', { ...sizes, cell: 'gru', tieWordEmbeddings: false }],
  ['LSTMs with additive attention', { ...sizes, attention: 'additive', attentionUnits: 6 }],
  ['GRUs with multi-head attention', { ...sizes, cell: 'gru', attention: 'multiHead', numLayers: 1 }],
];
const make = (options: RnnLMOptions) => RnnForCausalLM.fromConfig(options, { seed: 4 });

/** Logits (T, V) of the first row of some inputs. */
const logitsOf = (model: RnnForCausalLM, inputs: Parameters<RnnForCausalLM['forward']>[0]) =>
  tidy(() => (model.forward(inputs).logits.arraySync() as number[][][])[0]!);

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  });
}

describe('a recurrent language model', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  describe.each(variants)('of %s', (_, options) => {
    it('scores a padded text as it scores the text alone', () => {
      const model = make(options);
      const text = [3, 7, 1, 12];
      const alone = logitsOf(model, { inputIds: [text] });
      const left = { inputIds: [[9, 9, ...text]], attentionMask: [[0, 0, 1, 1, 1, 1]] };
      const right = { inputIds: [[...text, 9, 9]], attentionMask: [[1, 1, 1, 1, 0, 0]] };
      expectClose(logitsOf(model, left).slice(2).flat(), alone.flat());
      expectClose(logitsOf(model, right).slice(0, 4).flat(), alone.flat());
      model.dispose();
    });

    it('does not see what comes after a token', () => {
      const model = make(options);
      const [one, other] = [
        [3, 7, 1, 12],
        [3, 7, 5, 2],
      ].map((ids) => logitsOf(model, { inputIds: [ids] }));
      expect(one!.slice(0, 2)).toEqual(other!.slice(0, 2));
      expect(one![2]).not.toEqual(other![2]);
      model.dispose();
    });

    it('chooses step by step by the scores that it gives at once', async () => {
      const model = make(options);
      const config = { maxNewTokens: 9, returnDictInGenerate: true, outputScores: true } as const;
      const prompts = [[5], [4, 8, 2]];
      const { sequences, scores } = await model.generate({ inputIds: prompts }, config);
      sequences.forEach((ids, row) => {
        const whole = logitsOf(model, { inputIds: [ids.slice(0, -1)] });
        const expected = whole.slice(prompts[row]!.length - 1);
        scores![row]!.forEach((step, i) => {
          expectClose(Array.from(step), expected[i]!);
        });
      });
      model.dispose();
    });

    it('has the same gradients if it computes states again', () => {
      const model = make(options);
      const inputs = { inputIds: [[3, 7, 1, 12]], labels: [[3, 7, 1, 12]] };
      const [plain, again] = [false, true].map((recompute) =>
        tidy(() => {
          const loss = () => model.forward(inputs, { training: true, recompute }).loss as Scalar;
          const { grads } = variableGrads(loss, model.trainableVariables());
          return Object.values(grads).flatMap((each) => Array.from(each.dataSync()));
        }),
      );
      expectClose(again!, plain!);
      model.dispose();
    });

    it('is saved, and found by its model_type', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'rnn-lm-'));
      const model = make(options);
      await model.savePretrained(directory);
      const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
      expect(config).toMatchObject({
        ...{ model_type: 'rnn_lm', architectures: ['RnnForCausalLM'], chui_format: 1 },
        ...{ cell: options.cell ?? 'lstm', attention: options.attention ?? 'none' },
      });
      const loaded = await AutoModelForCausalLM.fromPretrained(directory);
      expect(loaded).toBeInstanceOf(RnnForCausalLM);
      expect(loaded.config).toMatchObject({ ...model.config, architectures: ['RnnForCausalLM'] });
      const inputs = { inputIds: [[3, 7, 1, 12]] };
      expect(logitsOf(loaded as RnnForCausalLM, inputs)).toEqual(logitsOf(model, inputs));
      for (const each of [model, loaded]) each.dispose();
      await rm(directory, { recursive: true });
    });

    it('is a LayersModel too', () => {
      const model = make(options);
      tidy(() => {
        const inputs = [
          tensor([[3, 7, 1, 12]], [1, 4], 'int32'),
          tensor([[0, 1, 1, 1]], [1, 4], 'int32'),
        ] as [Tensor, Tensor];
        const [inputIds, attentionMask] = inputs;
        const predicted = model.toLayersModel().predict(inputs) as Tensor;
        expectClose(Array.from(predicted.dataSync()), logitsOf(model, { inputIds, attentionMask }).flat());
      });
      model.dispose();
    });
  });

  it.each<[RnnLMOptions, number]>([
    // tokens + layers + projection: 23·12 + (12 + 16 + 1)·64 + (16 + 16 + 1)·64 + 16·12
    [sizes, 276 + 1856 + 2112 + 192],
    [{ ...sizes, tieWordEmbeddings: false }, 276 + 1856 + 2112 + 16 * 23],
    // biases of a GRU are two
    [{ ...sizes, cell: 'gru', embeddingSize: null, numLayers: 1 }, 23 * 16 + (16 + 16 + 2) * 48],
    [{ ...sizes, attention: 'general' }, 276 + 1856 + 2112 + 192 + 16 * 16 + 32 * 16],
  ])('counts the parameters of %j', (options, count) => {
    const model = make(options);
    expect(model.countParameters()).toBe(count);
    model.dispose();
  });

  it('drops in training only, and what each layer reads', () => {
    const inputs = { inputIds: [[3, 7, 1, 12]] };
    const [plain, dropping] = [make(sizes), make({ ...sizes, dropout: 0.5 })];
    expect(logitsOf(dropping, inputs)).toEqual(logitsOf(plain, inputs));
    const ofTraining = (model: RnnForCausalLM) =>
      tidy(() => Array.from(model.forward(inputs, { training: true }).logits.dataSync()));
    expect(ofTraining(plain)).toEqual(logitsOf(plain, inputs).flat());
    expect(ofTraining(dropping)).not.toEqual(ofTraining(plain));
    for (const model of [plain, dropping]) model.dispose();
  });

  it('goes on with texts', async () => {
    const tokenizer = characterTokenizer(['abcdefgh ij']);
    const { vocabSize } = tokenizer;
    const model = make({ ...sizes, vocabSize, attention: 'dot', initializerRange: 2 });
    const generate = await pipeline('text-generation', { model, tokenizer }, { maxNewTokens: 12 });
    const before = memory().numTensors;
    const [whole] = await generate('abc', { returnFullText: false });
    const pieces: string[] = [];
    for await (const piece of generate.stream('abc')) pieces.push(piece);
    expect(pieces.join('')).toBe(whole!.generatedText);
    expect(whole!.generatedText.length).toBeGreaterThan(0);
    expect(memory().numTensors).toBe(before);
    generate.dispose();
    model.dispose();
  });

  it.each<[object, string]>([
    [{}, 'rnn_lm: vocabSize: must be a whole number, but is not given'],
    [{ ...sizes, cell: 'rnn' }, 'rnn_lm: cell: must be one of lstm, gru, but is "rnn"'],
    [{ ...sizes, attention: 'self' }, 'rnn_lm: attention: must be one of none, additive'],
    [
      { ...sizes, attention: 'multiHead', attentionHeads: 3 },
      'rnn_lm: attentionHeads: must divide hiddenSize 16, but is 3',
    ],
    [{ ...sizes, padTokenId: 23 }, 'rnn_lm: padTokenId: must be below vocabSize 23, but is 23'],
    [{ ...sizes, numlayers: 2 }, 'but have numlayers; numLayers is probably meant'],
  ])('refuses %j', (options, message) => {
    expect(() => RnnForCausalLM.fromConfig(options as RnnLMOptions)).toThrow(message);
  });
});
