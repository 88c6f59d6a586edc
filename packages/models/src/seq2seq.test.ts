import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryFiles } from '@chui/hub';
import { KeyValueProjection } from '@chui/layers';
import { useBackend } from '@chui/runtime';
import { argMax, io, memory, type Tensor, tensor2d, variableGrads, zeros } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { AutoModelForSeq2SeqLM } from './auto/auto_models.js';
import { layersModelFiles } from './layers_model_files.js';
import { RnnSeq2Seq } from './rnn_seq2seq/rnn_seq2seq.js';
import type { Seq2SeqModel } from './seq2seq.js';
import { TransformerSeq2Seq } from './transformer_seq2seq/transformer_seq2seq.js';

const sizes = { vocabSize: 11, decoderVocabSize: 9, maxLength: 40 };
const rnn = { ...sizes, embeddingSize: 6, hiddenSize: 8, attentionHeads: 2 };
const transformer = {
  ...sizes,
  dModel: 8,
  encoderLayers: 2,
  decoderLayers: 2,
  encoderAttentionHeads: 2,
  decoderAttentionHeads: 2,
  encoderFfnDim: 12,
  decoderFfnDim: 12,
};
const seed = { seed: 7 };

const models: Record<string, () => Seq2SeqModel> = {
  'RNN without attention': () => RnnSeq2Seq.fromConfig({ ...rnn, attention: 'none' }, seed),
  'RNN of one direction': () =>
    RnnSeq2Seq.fromConfig({ ...rnn, bidirectional: false, encoderLayers: 2 }, seed),
  ...Object.fromEntries(
    (['additive', 'general', 'dot', 'scaledDot', 'projectedDot', 'multiHead'] as const).flatMap((attention) =>
      (['bahdanau', 'luong', 'context'] as const).map((decoder) => [
        `RNN, ${attention} attention, ${decoder} decoder`,
        () => RnnSeq2Seq.fromConfig({ ...rnn, attention, decoder }, seed),
      ]),
    ),
  ),
  'RNN, additive attention, luong decoder without input feeding': () =>
    RnnSeq2Seq.fromConfig({ ...rnn, inputFeeding: false }, seed),
  'Transformer, post-norm': () => TransformerSeq2Seq.fromConfig(transformer, seed),
  'Transformer, pre-norm, learned positions, untied': () =>
    TransformerSeq2Seq.fromConfig(
      {
        ...transformer,
        normFirst: true,
        positions: 'learned',
        tieWordEmbeddings: false,
        activationFunction: 'gelu',
      },
      seed,
    ),
};

const inputIds = [
  [2, 4, 5, 6, 3],
  [2, 7, 3, 0, 0],
];
const attentionMask = [
  [1, 1, 1, 1, 1],
  [1, 1, 1, 0, 0],
];
const decoderInputIds = [
  [2, 4, 5, 6],
  [2, 8, 8, 1],
];
const labels = [
  [4, 5, 6, 3],
  [8, 3, -100, -100],
];

function difference(a: Tensor, b: Tensor): number {
  const [x, y] = [a.dataSync(), b.dataSync()];
  expect(x.length).toBe(y.length);
  return Math.max(...Array.from(x, (value, i) => Math.abs(value - y[i]!)));
}

/** A LayersModel, saved and loaded by tfjs. */
async function reload(model: LayersModel): Promise<LayersModel> {
  const files = await layersModelFiles(model);
  const { modelTopology, weightsManifest } = JSON.parse(files['model.json'] as string);
  const weightData = (files['weights.bin'] as Uint8Array).slice().buffer;
  const weightSpecs = weightsManifest[0].weights;
  return loadLayersModel(io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

beforeAll(async () => {
  await useBackend('auto');
});

describe.each(Object.entries(models))('%s', (_name, make) => {
  it('gives logits, a loss and attention that keeps to the mask', () => {
    const model = make();
    const output = model.forward(
      { inputIds, attentionMask, decoderInputIds, labels },
      { outputAttentions: true },
    );
    expect(output.logits.shape).toEqual([2, 4, 9]);
    expect(output.encoderLastHiddenState.shape).toEqual([2, 5, 8]);
    const logits = output.logits.arraySync();
    const losses = labels.flatMap((row, b) =>
      row.flatMap((label, t) => {
        if (label < 0) return [];
        const total = logits[b]![t]!.reduce((sum, logit) => sum + Math.exp(logit), 0);
        return [Math.log(total) - logits[b]![t]![label]!];
      }),
    );
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(output.loss!.dataSync()[0]).toBeCloseTo(mean, 5);
    for (const weights of output.crossAttentions!) {
      expect([weights.shape[0], ...weights.shape.slice(2)]).toEqual([2, 4, 5]);
      const rows = weights.arraySync() as number[][][][];
      for (const row of rows.flat(2)) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      for (const row of rows[1]!.flat(1)) expect(row.slice(3)).toEqual([0, 0]);
    }
    model.dispose();
  });

  it('pays no heed to padding', () => {
    const model = make();
    const short = { inputIds: [[2, 7, 3]], decoderInputIds: [[2, 8, 8, 1]] };
    const long = { inputIds: [[2, 7, 3, 0, 0, 0]], decoderInputIds: [[2, 8, 8, 1]] };
    expect(difference(model.forward(short).logits, model.forward(long).logits)).toBeLessThan(1e-5);
    model.dispose();
  });

  it('decodes step by step what it says at once, with the same attention, past the first cache', async () => {
    const model = make();
    const output = await model.generate(
      { inputIds, attentionMask },
      { returnDictInGenerate: true, outputAttentions: true },
    );
    for (const [i, sequence] of output.sequences.entries()) {
      const at = { inputIds: [inputIds[i]!], attentionMask: [attentionMask[i]!] };
      const whole = model.forward(
        { ...at, decoderInputIds: [sequence.slice(0, -1)] },
        { outputAttentions: true },
      );
      expect([...(argMax(whole.logits, -1).dataSync() as Int32Array)]).toEqual(sequence.slice(1));
      whole.crossAttentions!.forEach((weights, layer) => {
        const map = output.crossAttentions![i]![layer]!;
        expect([map.heads, map.steps, map.slots]).toEqual(weights.shape.slice(1));
        const values = weights.dataSync();
        expect(Math.max(...map.values.map((value, k) => Math.abs(value - values[k]!)))).toBeLessThan(1e-5);
      });
    }
    model.dispose();
  });

  it('searches with beams for a sequence of its score, greedy with one, and keeps no tensor', async () => {
    const model = make();
    const greedy = await model.generate({ inputIds, attentionMask }, { maxLength: 8 });
    const before = memory().numTensors;
    const beams = await model.generate(
      { inputIds, attentionMask },
      {
        maxLength: 8,
        numBeams: 4,
        numReturnSequences: 3,
        returnDictInGenerate: true,
        outputAttentions: true,
      },
    );
    expect(memory().numTensors).toBe(before);
    expect(beams.sequences.length).toBe(6);
    expect(greedy.length).toBe(2);
    beams.sequences.forEach((sequence, k) => {
      const i = Math.floor(k / 3);
      const logits = model
        .forward({
          inputIds: [inputIds[i]!],
          attentionMask: [attentionMask[i]!],
          decoderInputIds: [sequence.slice(0, -1)],
        })
        .logits.arraySync()[0]!;
      const total = logits.reduce((sum, row, t) => {
        const normaliser = Math.log(row.reduce((all, logit) => all + Math.exp(logit), 0));
        return sum + row[sequence[t + 1]!]! - normaliser;
      }, 0);
      expect(beams.sequencesScores![k]).toBeCloseTo(total / (sequence.length - 1), 4);
    });
    model.dispose();
  });

  it('is the same as a LayersModel, saved and loaded by tfjs', async () => {
    const model = make();
    const loaded = await reload(model.toLayersModel());
    expect(loaded.inputNames).toEqual(['inputIds', 'attentionMask', 'decoderInputIds']);
    const inputs = [inputIds, attentionMask, decoderInputIds].map((rows) =>
      tensor2d(rows, undefined, 'int32'),
    );
    const expected = model.forward({ inputIds, attentionMask, decoderInputIds }).logits;
    expect(difference(loaded.predict(inputs) as Tensor, expected)).toBeLessThan(1e-6);
    loaded.dispose();
    model.dispose();
  });

  it('decodes as two LayersModels in plain tfjs', async () => {
    const model = make();
    const [expected] = await model.generate({ inputIds: [inputIds[1]!], attentionMask: [attentionMask[1]!] });
    const views = [model.toEncoderLayersModel(), model.toStepLayersModel()];
    const [encoder, step] = (await Promise.all(views.map(reload))) as [LayersModel, LayersModel];
    for (const view of views) view.dispose();
    expect(await model.generate({ inputIds: [inputIds[1]!], attentionMask: [attentionMask[1]!] })).toEqual([
      expected,
    ]);
    const ids = (rows: number[][]) => tensor2d(rows, undefined, 'int32');
    const encoded = [encoder.predict([ids([inputIds[1]!]), ids([attentionMask[1]!])])].flat();
    const names = step.inputNames.slice(1);
    const given: Record<string, Tensor | undefined> = { attentionMask: ids([attentionMask[1]!]) };
    names
      .filter((name) => name !== 'attentionMask')
      .slice(0, encoded.length)
      .forEach((name, i) => {
        given[name] = encoded[i]!;
      });
    const first = (name: string) => {
      const [, ...shape] = step.inputs[step.inputNames.indexOf(name)]!.shape;
      return zeros([1, ...shape.map((size) => size ?? 64)]);
    };
    for (const name of names) given[name] ??= first(name);
    const carried = names.filter((name) => /^(h|c|feed|past.*)$/.test(name));
    const sequence = [2];
    while (sequence.length < expected!.length) {
      given.position = ids([[sequence.length - 1]]);
      const outputs = step.predict([
        ids([[sequence.at(-1)!]]),
        ...names.map((name) => given[name]!),
      ]) as Tensor[];
      sequence.push(argMax(outputs[0]!, -1).dataSync()[0]!);
      carried.forEach((name, i) => {
        given[name] = outputs[outputs.length - carried.length + i]!;
      });
    }
    expect(sequence).toEqual(expected);
    for (const loaded of [encoder, step]) loaded.dispose();
    model.dispose();
  });

  it('is saved and loaded bit for bit, and leaves nothing when it is disposed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chui-model-'));
    const before = memory().numTensors;
    const model = make();
    await model.savePretrained(directory);
    const loaded = await AutoModelForSeq2SeqLM.fromPretrained(directory);
    expect(loaded.config).toEqual(model.config);
    const [a, b] = [model, loaded].map((m) => m.forward({ inputIds, attentionMask, decoderInputIds }));
    expect(difference(a!.logits, b!.logits)).toBe(0);
    for (const output of [a!, b!]) {
      output.logits.dispose();
      output.encoderLastHiddenState.dispose();
    }
    loaded.dispose();
    model.dispose();
    expect(memory().numTensors).toBe(before);
    await rm(directory, { recursive: true });
  });

  it('has a gradient for every parameter that the loss reaches, and weights that repeat by seed', () => {
    const [model, same] = [make(), make()];
    model.namedParameters().forEach(([name, parameter], i) => {
      const [otherName, other] = same.namedParameters()[i]!;
      expect(otherName).toBe(name);
      expect(difference(parameter, other), name).toBe(0);
    });
    const { grads } = variableGrads(
      () => model.forward({ inputIds, attentionMask, labels }, { training: true }).loss!,
      model.trainableVariables(),
    );
    for (const [name, parameter] of model.namedParameters()) {
      const largest = Math.max(...grads[parameter.name]!.dataSync().map(Math.abs));
      expect(Number.isFinite(largest), name).toBe(true);
      // Scores that all grow by the same amount leave the softmax as it is, so a key's bias has no gradient.
      if (!name.endsWith('key_bias')) expect(largest, name).toBeGreaterThan(1e-9);
    }
    same.dispose();
    model.dispose();
  });
});

describe('TransformerSeq2Seq', () => {
  it.each([1, 3])('projects the source once for all steps, with %i beams', async (numBeams) => {
    const model = TransformerSeq2Seq.fromConfig(transformer, seed);
    const project = vi.spyOn(KeyValueProjection.prototype, 'projectKeys');
    const [sequence] = await model.generate({ inputIds: [inputIds[0]!] }, { numBeams, maxLength: 12 });
    const ofSource = project.mock.calls.filter(([key]) => key.shape[1] === inputIds[0]!.length);
    project.mockRestore();
    expect(sequence!.length).toBeGreaterThan(3);
    // Each encoder block for its self-attention, each decoder block for its attention to the memory.
    expect(ofSource.length).toBe(transformer.encoderLayers + transformer.decoderLayers);
    model.dispose();
  });
});

describe('AutoModelForSeq2SeqLM', () => {
  it.each([
    ['rnn', () => RnnSeq2Seq.fromConfig(rnn, seed)],
    ['transformer', () => TransformerSeq2Seq.fromConfig(transformer, seed)],
  ] as const)('makes the %s of files that are open', async (_name, make) => {
    const model: Seq2SeqModel = make();
    const loaded = await AutoModelForSeq2SeqLM.fromFiles(memoryFiles(await model.toFiles()));
    expect(loaded).toBeInstanceOf(model.constructor);
    expect(loaded.config).toEqual(model.config);
    const [a, b] = [model, loaded].map((each) => each.forward({ inputIds, decoderInputIds }).logits);
    expect(difference(a!, b!)).toBe(0);
    loaded.dispose();
    model.dispose();
  });
});

describe('bad input', () => {
  it('is an error that names the argument, the rule and the value', () => {
    const model = RnnSeq2Seq.fromConfig(rnn);
    expect(() => model.forward({ inputIds: [[2, 11]], decoderInputIds })).toThrow(
      'inputIds must be ids from 0 to 10, but has 11',
    );
    expect(() => model.forward({ inputIds: [[2, 3], [2]], decoderInputIds })).toThrow(/rows of equal length/);
    expect(() => model.forward({ inputIds })).toThrow(/decoderInputIds or labels/);
    expect(() => model.forward({ inputIds, labels: [[9]] })).toThrow(
      'labels must be ids from 0 to 8, or -100, but has 9',
    );
    expect(() => model.forward({ inputIds, attentionMask: [[1]], labels })).toThrow(
      /attentionMask must have/,
    );
    model.dispose();
    expect(() => RnnSeq2Seq.fromConfig({ ...rnn, hiddenSize: 7 })).toThrow(
      'rnn_seq2seq: hiddenSize: must be even when bidirectional, but is 7',
    );
    expect(() => TransformerSeq2Seq.fromConfig({ ...transformer, encoderAttentionHeads: 3 })).toThrow(
      'transformer_seq2seq: encoderAttentionHeads: must divide dModel 8, but is 3',
    );
    expect(() => RnnSeq2Seq.fromConfig({ ...rnn, heads: 3 } as never)).toThrow(/heads/);
  });

  it('names the file of a saved model and what is wrong with it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chui-model-'));
    const model = RnnSeq2Seq.fromConfig(rnn, seed);
    await model.savePretrained(directory);
    const before = memory().numTensors;
    const path = (file: string) => join(directory, file);
    const [config, weights] = [
      await readFile(path('config.json'), 'utf8'),
      await readFile(path('model.safetensors')),
    ];
    const fails = async (message: RegExp) => {
      await expect(RnnSeq2Seq.fromPretrained(directory)).rejects.toThrow(message);
      expect(memory().numTensors).toBe(before);
    };

    await writeFile(path('config.json'), config.replace('"chui_format": 1', '"chui_format": 2'));
    await fails(/config\.json: chui_format must be at most 1, but is 2/);
    await writeFile(path('config.json'), config.slice(0, 40));
    await fails(/config\.json must be JSON/);
    await writeFile(path('config.json'), config.replace('"hidden_size": 8', '"hidden_size": 10'));
    await fails(/model\.safetensors: .* must have the shape \[.*\], but has \[.*\]/);
    await writeFile(path('config.json'), config.replace('"additive"', '"none"'));
    await fails(/model\.safetensors/);
    await writeFile(path('config.json'), config.replace('rnn_seq2seq', 'other'));
    await fails(/config\.json: model_type must be rnn_seq2seq, but is other/);
    await expect(AutoModelForSeq2SeqLM.fromPretrained(directory)).rejects.toThrow(
      /must be one of rnn_seq2seq/,
    );

    await writeFile(path('config.json'), config);
    await writeFile(path('model.safetensors'), weights.subarray(0, weights.length - 8));
    await fails(/model\.safetensors/);
    await rm(path('model.safetensors'));
    await fails(/model\.safetensors/);
    await rm(directory, { recursive: true });
    await expect(RnnSeq2Seq.fromPretrained(directory)).rejects.toThrow(directory);
    model.dispose();
  });
});
