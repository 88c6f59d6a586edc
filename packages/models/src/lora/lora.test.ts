import '@chui/layers';
import { memoryFiles } from '@chui/hub';
import { setSeed, useBackend } from '@chui/runtime';
import { add, type io, type Scalar, type Tensor, tensor2d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { AlbertForSequenceClassification } from '../albert/albert.js';
import { BertForMaskedLM, BertForSequenceClassification } from '../bert/bert.js';
import { DistilBertForSequenceClassification } from '../distilbert/distilbert.js';
import { layersModelFiles } from '../layers_model_files.js';
import { TransformerSeq2Seq } from '../transformer_seq2seq/transformer_seq2seq.js';
import type { LoraOptions } from './config.js';
import { applyLora, loadLora } from './lora.js';
import type { AnyModel } from './lora_adapter.js';

const sizes = {
  ...{ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12 },
  maxPositionEmbeddings: 8,
};
const inputs = {
  inputIds: [
    [1, 5, 7],
    [2, 9, 3],
  ],
  labels: [0, 1],
};

/** Gives A and B values that bear on the outputs. */
function shake(model: AnyModel): void {
  tidy(() => {
    for (const { name, variable } of model.parameters()) {
      if (!name.includes('lora_')) continue;
      const values = Array.from({ length: variable.size }, (_, i) => Math.sin(1 + i + variable.size) / 2);
      variable.assign(tensor2d(values, variable.shape as [number, number]));
    }
  });
}

describe('applyLora', () => {
  beforeAll(() => useBackend('cpu'));
  leavesMemoryAsItWas();
  let model: BertForSequenceClassification;
  beforeEach(() => {
    model = BertForSequenceClassification.fromConfig(sizes, { seed: 1 });
  });
  afterEach(() => model.dispose());

  const logits = () => tidy(() => model.forward(inputs).logits.dataSync().slice());
  const targetModules = ['query', 'value'];

  test('changes nothing at first, and draws A as its seed says', () => {
    const before = logits();
    const valuesOfA = (seed: number) => {
      const adapter = applyLora(model, { targetModules, r: 4, seed });
      expect(logits()).toEqual(before);
      const parameters = adapter.parameters();
      const values = parameters.flatMap(({ name, variable }) =>
        name.endsWith('lora_A.weight') ? [...variable.dataSync()] : [],
      );
      expect(values).toHaveLength(4 * 8 * 4);
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(1 / Math.sqrt(8));
      expect(Math.max(...values)).toBeGreaterThan(0.9 / Math.sqrt(8));
      adapter.unload();
      return values;
    };
    expect(valuesOfA(3)).toEqual(valuesOfA(3));
    expect(valuesOfA(3)).not.toEqual(valuesOfA(4));
  });

  test('is counted among the parameters, and alone trained', () => {
    const count = model.countParameters();
    const adapter = applyLora(model, { targetModules, r: 4 });
    expect(model.countParameters()).toBe(count + 4 * (8 * 4 + 4 * 8));
    expect(model.trainableVariables()).toHaveLength(8);
    expect(adapter.modules).toEqual(
      [0, 1].flatMap((i) => targetModules.map((end) => `bert.encoder.layer.${i}.attention.self.${end}`)),
    );
    expect(adapter.parameters()[1]).toMatchObject({
      name: 'base_model.model.bert.encoder.layer.0.attention.self.query.lora_B.weight',
      transposed: true,
    });
  });

  test('merged, the model is saved as a tf.LayersModel that gives the same', async () => {
    const adapter = applyLora(model, { targetModules: 'all-linear', modulesToSave: ['classifier'] });
    shake(model);
    const adapted = logits();
    expect(() => model.toLayersModel()).toThrow('toLayersModel must have no adapter on the model');
    await expect(model.toFiles()).rejects.toThrow('a model must be saved without an adapter');
    adapter.merge();
    const files = await layersModelFiles(model.toLayersModel());
    const loaded = await loadLayersModel({
      load: async () => ({
        ...JSON.parse(files['model.json'] as string),
        weightSpecs: JSON.parse(files['model.json'] as string).weightsManifest[0].weights,
        weightData: (files['weights.bin'] as Uint8Array).slice().buffer,
      }),
    } as io.IOHandler);
    tidy(() => {
      const ids = tensor2d(inputs.inputIds, undefined, 'int32');
      const ones = tensor2d([1, 1, 1, 1, 1, 1], [2, 3], 'int32');
      const zeros = tensor2d([0, 0, 0, 0, 0, 0], [2, 3], 'int32');
      const predicted = (loaded.predict([ids, ones, zeros]) as Tensor).dataSync();
      predicted.forEach((value, i) => void expect(value).toBeCloseTo(adapted[i]!, 5));
    });
    loaded.dispose();
    await expect(model.toFiles()).resolves.toHaveProperty('model.safetensors');
    await expect(adapter.toFiles()).rejects.toThrow('the adapter must be on its model, but was merged');
  });

  test('unloaded, gives back what modulesToSave had', () => {
    const before = logits();
    const adapter = applyLora(model, { targetModules, modulesToSave: ['classifier'] });
    shake(model);
    tidy(() => {
      for (const variable of model.trainableVariables()) variable.assign(add(variable, 1));
    });
    expect(logits()).not.toEqual(before);
    adapter.unload();
    expect(logits()).toEqual(before);
  });

  test.each<[string, Partial<LoraOptions>, string]>([
    ['a rank of 0', { r: 0 }, 'applyLora: r: must be positive, but is 0'],
    ['a share of 1', { loraDropout: 1 }, 'applyLora: loraDropout: must be below 1, but is 1'],
    [
      'what is no name',
      { targetModules: [1] as never },
      'applyLora: targetModules: must be a text or a list',
    ],
    [
      'an unknown option',
      { rank: 3 } as never,
      'applyLora must have known keys, but have rank; there are r, ',
    ],
    [
      'a name that fits nothing',
      { targetModules: ['query', 'q_proj'] },
      'targetModules must name linear layers, which end in dense, query, key, value, classifier, but is q_proj',
    ],
    [
      'an expression that fits nothing',
      { targetModules: '.*q_proj' },
      'targetModules must name linear layers, which end in dense, query, key, value, classifier, but is .*q_proj',
    ],
    ['what is no expression', { targetModules: '(' }, 'targetModules must be a regular expression, but is ('],
    [
      'a pattern that is no expression',
      { rankPattern: { '[': 3 } },
      'rankPattern must be a regular expression, but is (.*\\.)?([)',
    ],
    [
      'a module to save that is none',
      { modulesToSave: ['score'] },
      'modulesToSave must name modules of the model, but score is none',
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => applyLora(model, { targetModules, ...options })).toThrow(message);
    applyLora(model, { targetModules }).unload();
  });

  test('is alone on a model', () => {
    const adapter = applyLora(model, { targetModules });
    expect(() => applyLora(model, { targetModules: ['key'] })).toThrow('must have one adapter at most');
    adapter.merge();
    applyLora(model, { targetModules: ['key'] });
  });

  test('knows the heads of tasks, and writes the names of all-linear', () => {
    const { config, modules } = applyLora(model, { targetModules: 'all-linear', taskType: 'SEQ_CLS' });
    expect(config.modulesToSave).toEqual(['classifier', 'score']);
    expect(config.targetModules).toEqual(modules);
    expect(modules.at(-1)).toBe('bert.pooler.dense');
    expect(modules).toHaveLength(13);
  });

  test('chooses layers by their numbers', () => {
    const { modules } = applyLora(model, {
      ...{ targetModules: ['query', 'dense'], excludeModules: ['intermediate.dense'] },
      ...{ layersToTransform: [1], layersPattern: 'layer' },
    });
    expect(modules).toEqual(
      ['output.dense', 'attention.self.query', 'attention.output.dense'].map(
        (end) => `bert.encoder.layer.1.${end}`,
      ),
    );
  });

  test('leaves a model as it was if the file does not fit it', async () => {
    const adapter = applyLora(model, { targetModules, modulesToSave: ['classifier'] });
    const files = (await adapter.toFiles()) as Record<string, string>;
    adapter.unload();
    const before = logits();
    const config = JSON.parse(files['adapter_config.json']!);
    const changed = (changes: object) =>
      memoryFiles({ ...files, 'adapter_config.json': JSON.stringify({ ...config, ...changes }) });
    await expect(loadLora(model, changed({ r: 5 }))).rejects.toThrow('must have the shape [5,8]');
    await expect(loadLora(model, changed({ target_modules: ['query'] }))).rejects.toThrow(
      'which the model does not have',
    );
    await expect(loadLora(model, changed({ target_modules: ['query', 'key', 'value'] }))).rejects.toThrow(
      'must hold the tensor base_model.model.bert.encoder.layer.0.attention.self.key.lora_A.weight',
    );
    await expect(loadLora(model, changed({ modules_to_save: null }))).rejects.toThrow('classifier');
    await expect(
      loadLora(model, memoryFiles({ 'adapter_config.json': files['adapter_config.json']! })),
    ).rejects.toThrow('has no file adapter_model.safetensors');
    const pickled = { 'adapter_config.json': files['adapter_config.json']!, 'adapter_model.bin': '' };
    await expect(loadLora(model, memoryFiles(pickled))).rejects.toThrow('a pickle');
    expect(logits()).toEqual(before);
    expect(model.trainableVariables()).toHaveLength(model.parameters().length);
    (await loadLora(model, memoryFiles(files))).unload();
  });
});

describe('applyLora on other models', () => {
  beforeAll(() => useBackend('cpu'));
  leavesMemoryAsItWas();

  test('all-linear leaves out logits of tokens', () => {
    const model = BertForMaskedLM.fromConfig({ ...sizes, tieWordEmbeddings: false });
    const { modules } = applyLora(model, { targetModules: 'all-linear' });
    expect(modules.filter((name) => name.startsWith('cls'))).toEqual(['cls.predictions.transform.dense']);
    model.dispose();
  });

  test('modulesToSave compares ends of names as PEFT does', () => {
    const { vocabSize } = sizes;
    const model = DistilBertForSequenceClassification.fromConfig({
      ...{ vocabSize, dim: 8, nLayers: 1, nHeads: 2, hiddenDim: 12, maxPositionEmbeddings: 8 },
    });
    const adapter = applyLora(model, { targetModules: ['q_lin'], modulesToSave: ['classifier'] });
    const saved = adapter.parameters().flatMap(({ name }) => (name.includes('lora_') ? [] : [name]));
    expect(saved).toEqual(
      ['pre_classifier', 'classifier'].flatMap((name) =>
        ['weight', 'bias'].map((leaf) => `base_model.model.${name}.${leaf}`),
      ),
    );
    adapter.unload();
    const both = { targetModules: 'all-linear', modulesToSave: ['classifier'] };
    expect(() => applyLora(model, both)).toThrow('must share no module, but pre_classifier is in both');
    model.dispose();
  });

  test('a shared layer has one A and B, and what stands outside of blocks is dropped too', () => {
    const model = AlbertForSequenceClassification.fromConfig({
      ...sizes,
      ...{ embeddingSize: 4, hiddenDropoutProb: 0, attentionProbsDropoutProb: 0, classifierDropoutProb: 0 },
    });
    const lossAt = (options: object) => tidy(() => model.forward(inputs, options).loss!.dataSync()[0]!);
    const adapter = applyLora(model, { targetModules: ['query'] });
    expect(adapter.modules).toHaveLength(1);
    adapter.unload();
    applyLora(model, { targetModules: ['embedding_hidden_mapping_in'], loraDropout: 0.5 });
    shake(model);
    expect(lossAt({ training: true })).not.toBe(lossAt({}));
    model.dispose();
  });

  test.each(['head', 'output', 'all-linear'])('an encoder-decoder, its %s', async (target) => {
    const model = TransformerSeq2Seq.fromConfig(
      {
        ...{ vocabSize: 9, decoderVocabSize: 9, dModel: 8, encoderFfnDim: 8, decoderFfnDim: 8, dropout: 0 },
        ...{ encoderAttentionHeads: 2, decoderAttentionHeads: 2, tieWordEmbeddings: false },
      },
      { seed: 1 },
    );
    const adapter = applyLora(model, {
      targetModules: target === 'all-linear' ? target : [target],
      loraDropout: 0.5,
    });
    shake(model);
    const given = { inputIds: [[1, 2, 3]], labels: [[4, 5]] };
    const lossAt = (options: object) => {
      setSeed(1);
      return tidy(() => model.forward(given, options).loss!.dataSync()[0]!);
    };
    const gradients = (recompute: boolean) => {
      setSeed(1);
      return tidy(() => {
        const loss = () => model.forward(given, { training: true, recompute }).loss as Scalar;
        const { grads } = variableGrads(loss, model.trainableVariables());
        return Object.values(grads).flatMap((each) => [...each.dataSync()]);
      });
    };
    expect(lossAt({ training: true })).not.toBe(lossAt({}));
    const once = gradients(false);
    gradients(true).forEach((gradient, i) => void expect(gradient).toBeCloseTo(once[i]!, 5));
    const generated = await model.generate({ inputIds: [[1, 2, 3]] });
    const loss = lossAt({});
    expect(() => model.toStepLayersModel()).toThrow('toStepLayersModel must have no adapter');
    adapter.merge();
    model.toStepLayersModel();
    expect(lossAt({})).toBeCloseTo(loss, 5);
    expect(await model.generate({ inputIds: [[1, 2, 3]] })).toEqual(generated);
    model.dispose();
  });
});
