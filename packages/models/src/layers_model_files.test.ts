import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { fill, memory, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest';
import { loadFromFiles } from '../../../test/support/load_layers_model.js';
import { BertForSequenceClassification } from './bert/bert.js';
import { layersModelFiles } from './layers_model_files.js';

const config = {
  vocabSize: 40,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 32,
  maxPositionEmbeddings: 16,
  initializerRange: 0.2,
  numLabels: 3,
};
const rows = [
  [2, 9, 17, 33, 3],
  [2, 39, 3, 0, 0],
];
const mask = rows.map((row) => row.map((id) => Number(id > 0)));

const make = () => BertForSequenceClassification.fromConfig(config, { seed: 3 });

const logitsOf = (model: LayersModel): Float32Array =>
  tidy(() => {
    const inputs = [rows, mask, rows.map((row) => row.map(() => 0))];
    const output = model.predict(inputs.map((each) => tensor2d(each, undefined, 'int32'))) as Tensor;
    return output.dataSync() as Float32Array;
  });

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

beforeAll(async () => {
  await useBackend('cpu');
});

describe('a LayersModel as files', () => {
  test.each([
    ['float32', 4, 0],
    ['float16', 2, 2e-3],
    ['uint16', 2, 1e-3],
    ['uint8', 1, 0.2],
  ] as const)('with weights of %s predicts what the model does', async (weights, bytes, tolerance) => {
    const model = make();
    const layersModel = model.toLayersModel();
    const files = await layersModelFiles(layersModel, { weights });
    expect((files['weights.bin'] as Uint8Array).length).toBe(bytes * model.countParameters());
    const loaded = await loadFromFiles(files);
    const expected = logitsOf(layersModel);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.3);
    expect(largestDifference(logitsOf(loaded), expected)).toBeLessThanOrEqual(tolerance);
  });

  it('has each number half a step off at most, and 0 as 0', async () => {
    const layersModel = make().toLayersModel();
    for (const weights of ['uint8', 'uint16'] as const) {
      const files = await layersModelFiles(layersModel, { weights });
      const specs = JSON.parse(files['model.json'] as string).weightsManifest[0].weights;
      const loaded = await loadFromFiles(files);
      const [own, read] = [layersModel.getWeights(), loaded.getWeights()];
      for (const [i, weight] of own.entries()) {
        const { scale, dtype, original_dtype: original } = specs[i].quantization;
        expect([dtype, original]).toEqual([weights, 'float32']);
        const values = weight.dataSync() as Float32Array;
        const again = read[i]!.dataSync() as Float32Array;
        expect(largestDifference(values, again), specs[i].name).toBeLessThanOrEqual((scale / 2) * (1 + 1e-4));
        values.forEach((value, at) => {
          if (value === 0) expect(Math.abs(again[at]!), specs[i].name).toBe(0);
        });
      }
    }
  });

  it('leaves no tensor', async () => {
    const layersModel = make().toLayersModel();
    const before = memory().numTensors;
    await layersModelFiles(layersModel, { weights: 'uint8' });
    expect(memory().numTensors).toBe(before);
  });

  it('says which form there is, and which weight cannot have it', async () => {
    const model = make();
    await expect(layersModelFiles(model.toLayersModel(), { weights: 'int4' as never })).rejects.toThrow(
      'weights must be one of float32, float16, uint8, uint16, but is "int4"',
    );
    const [, bias] = model.namedParameters().find(([name]) => name === 'classifier.bias')!;
    tidy(() => bias.assign(fill(bias.shape, Number.NaN)));
    await expect(layersModelFiles(model.toLayersModel(), { weights: 'uint8' })).rejects.toThrow(
      `classifier/bias must be finite to be saved in whole numbers, but has NaN`,
    );
  });
});

describe.runIf(inject('hasNativeBackend'))("tfjs-node's own files", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chui-layers-model-'));
    await useBackend('native');
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are written by save and load again', async () => {
    const layersModel = make().toLayersModel();
    await layersModel.save(`file://${directory}`);
    const loaded = await loadLayersModel(`file://${directory}/model.json`);
    expect(largestDifference(logitsOf(loaded), logitsOf(layersModel))).toBe(0);
  });
});
