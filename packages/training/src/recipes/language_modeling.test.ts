import { GPT2LMHeadModel } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { memory, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { dataCollatorForCausalWindows } from '../data/collators/data_collator_for_causal_windows.js';
import { type CausalWindow, causalWindows } from '../data/language_modeling/causal_windows.js';
import { joinDocuments } from '../data/language_modeling/join_documents.js';
import { languageModelScores } from '../metrics/language_model_scores.js';
import { perplexity } from '../metrics/perplexity.js';
import { Trainer } from '../trainer/trainer.js';
import { LanguageModeling, languageModelingScores, textSize } from './language_modeling.js';

const config = {
  ...{ vocabSize: 11, nEmbd: 8, nLayer: 1, nHead: 2, nPositions: 16, initializerRange: 0.5 },
  ...{ residPdrop: 0, embdPdrop: 0, attnPdrop: 0 },
};
const model = () => GPT2LMHeadModel.fromConfig(config, { seed: 3 });
const size = { bytes: 24, words: 5 };

/** Scores of windows, as a trainer evaluates them. */
async function evaluate(gpt: GPT2LMHeadModel, windows: readonly CausalWindow[]) {
  const trainer = new Trainer({
    model: new LanguageModeling(gpt),
    args: { epochs: 1, batchSize: 2 },
    evalDataset: windows,
    dataCollator: dataCollatorForCausalWindows(),
    computeMetrics: ({ predictions }) => ({ ...languageModelingScores(predictions, size) }),
  });
  return trainer.evaluate();
}

/** The same of one text, from the logits of all its tokens. */
function scoreOf(gpt: GPT2LMHeadModel, ids: readonly number[]) {
  const { logits } = gpt.forward({ inputIds: [ids] });
  const score = perplexity(logits.arraySync(), [ids]);
  logits.dispose();
  return score;
}

beforeAll(async () => {
  await useBackend('cpu');
});

describe('LanguageModeling', () => {
  it('scores a text of any length in windows', async () => {
    const gpt = model();
    const ids = Array.from({ length: 15 }, (_, i) => 1 + ((i * i) % 10));
    const whole = scoreOf(gpt, ids);
    const before = memory().numTensors;
    const { loss, metrics, items } = await evaluate(gpt, causalWindows(Int32Array.from(ids), { length: 16 }));
    expect(memory().numTensors).toBe(before);
    expect([items, loss]).toEqual([14, expect.closeTo(whole.meanNll, 5)]);
    const nll = 14 * whole.meanNll;
    expect(metrics).toEqual({
      perplexity: expect.closeTo(whole.perplexity, 4),
      bitsPerByte: expect.closeTo(nll / Math.log(2) / 24, 5),
      wordPerplexity: expect.closeTo(Math.exp(nll / 5), 0),
    });
    // In windows of 6 each tells what it tells alone.
    const parts = [ids.slice(0, 7), ids.slice(6, 13), ids.slice(12)].map((part) => scoreOf(gpt, part));
    const sum = parts.reduce((total, { meanNll, tokens }) => total + meanNll * tokens, 0);
    const windows = await evaluate(gpt, causalWindows(Int32Array.from(ids), { length: 6 }));
    expect([windows.items, windows.loss]).toEqual([14, expect.closeTo(sum / 14, 5)]);
    gpt.dispose();
  });

  it('scores documents in one window as each alone', async () => {
    const gpt = model();
    const documents = { beginTokenId: 0, endTokenId: 0 };
    const texts = [Int32Array.of(5, 6, 7, 9), Int32Array.of(8, 1)];
    const { items, loss } = await evaluate(
      gpt,
      causalWindows(joinDocuments(texts, documents), { length: 12, documents }),
    );
    const alone = texts.map((text) => scoreOf(gpt, [0, ...text, 0]));
    const sum = alone.reduce((total, { meanNll, tokens }) => total + meanNll * tokens, 0);
    expect([items, loss]).toEqual([8, expect.closeTo(sum / 8, 5)]);
    gpt.dispose();
  });

  it('learns by the loss of the model', () => {
    const gpt = model();
    tidy(() => {
      const inputs = {
        inputIds: tensor2d([[5, 6, 7, 1]], undefined, 'int32'),
        shiftLabels: tensor2d([[6, 7, -100, 2]], undefined, 'int32'),
      };
      const { loss } = gpt.forward(inputs);
      const learned = new LanguageModeling(gpt).forward(inputs, { training: true });
      expect(Object.keys(learned)).toEqual(['loss']);
      expect(learned.loss.arraySync()).toBeCloseTo(loss!.arraySync(), 6);
    });
    gpt.dispose();
  });
});

describe('samples of a training', () => {
  const ids = Int32Array.from({ length: 60 }, (_, i) => 1 + ((i * i) % 10));
  async function train(sampled: boolean) {
    const gpt = GPT2LMHeadModel.fromConfig({ ...config, residPdrop: 0.2 }, { seed: 3 });
    const before = memory().numTensors;
    const trainer = new Trainer({
      model: new LanguageModeling(gpt),
      args: { epochs: 2, batchSize: 3, learningRate: 0.01, seed: 1 },
      trainDataset: causalWindows(ids, { length: 8 }),
      evalDataset: causalWindows(ids, { length: 8 }),
      dataCollator: dataCollatorForCausalWindows(),
      ...(sampled && {
        sampleTexts: async () => {
          const made = await gpt.generate({ inputIds: [[1], [4]] }, { doSample: true, maxNewTokens: 3 });
          return made.map(String);
        },
      }),
    });
    const { evaluations } = await trainer.train();
    expect(memory().numTensors).toBe(before);
    gpt.dispose();
    return evaluations;
  }

  it('come with evaluations, and change nothing of what is learned', async () => {
    const [plain, sampled] = [await train(false), await train(true)];
    expect(sampled.map(({ loss }) => loss)).toEqual(plain.map(({ loss }) => loss));
    expect(sampled).toHaveLength(2);
    for (const { samples } of sampled) {
      expect(samples).toEqual([expect.stringMatching(/^1(,\d+){3}$/), expect.stringMatching(/^4(,\d+){3}$/)]);
    }
    expect(plain[0]).not.toHaveProperty('samples');
  });

  it.skipIf(!inject('hasNativeBackend'))('are of the weights of their step, compiled or not', async () => {
    await useBackend('native');
    const gpt = model();
    const made: number[][] = [];
    const trainer = new Trainer({
      model: new LanguageModeling(gpt),
      args: { epochs: 3, batchSize: 2, learningRate: 0.02, seed: 1 },
      trainDataset: causalWindows(ids, { length: 8 }),
      evalDataset: causalWindows(ids, { length: 8 }),
      dataCollator: dataCollatorForCausalWindows(),
      sampleTexts: async () => {
        const [found] = await gpt.generate({ inputIds: [[1]] }, { maxNewTokens: 6 });
        expect(found).toEqual(likeliest(gpt, [1], 6));
        made.push(found!);
        return [String(found)];
      },
    });
    await trainer.train();
    expect(new Set(made.map(String)).size).toBeGreaterThan(1);
    gpt.dispose();
    await useBackend('cpu');
  });
});

/** A text and the likeliest tokens behind it, each from all before it anew. */
function likeliest(gpt: GPT2LMHeadModel, text: readonly number[], count: number): number[] {
  const found = [...text];
  for (let i = 0; i < count; i++) {
    const { logits } = gpt.forward({ inputIds: [found] });
    const scores = logits.arraySync()[0]!.at(-1)!;
    found.push(scores.indexOf(Math.max(...scores)));
    logits.dispose();
  }
  return found;
}

describe('textSize', () => {
  it('counts bytes of UTF-8, and words where lines have blanks', () => {
    expect(textSize(['Speak, speak.\n\nFirst Citizen:\n', 'a b'])).toEqual({ bytes: 33, words: 6 });
    expect(textSize(['吾輩は猫である。\n名前はまだ無い。'])).toEqual({ bytes: 49 });
  });
});

describe('languageModelScores', () => {
  it('needs tokens and a text', () => {
    expect(languageModelScores({ nll: Math.log(2) * 6, tokens: 3 }, { bytes: 12 })).toEqual({
      perplexity: expect.closeTo(4, 10),
      bitsPerByte: expect.closeTo(0.5, 10),
    });
    expect(() => languageModelScores({ nll: 0, tokens: 0 }, { bytes: 1 })).toThrow(
      'tokens must be above 0, but are 0',
    );
    expect(() => languageModelScores({ nll: 0, tokens: 1 }, { bytes: 0 })).toThrow(
      'bytes must be above 0, but are 0',
    );
  });
});
