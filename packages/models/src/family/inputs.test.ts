import { useBackend } from '@chui/runtime';
import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, test } from 'vitest';
import * as models from '../index.js';

const tiny = {
  vocabSize: 31,
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 12,
  maxPositionEmbeddings: 14,
};
const distil = { vocabSize: 31, dim: 8, nLayers: 1, nHeads: 2, hiddenDim: 12, maxPositionEmbeddings: 14 };
const ids = [
  [5, 9, 30, 7],
  [4, 8, 0, 0],
];
const rows = ids.map((row) => Int32Array.from(row));
const numbers = (value: Tensor) => Array.from(value.dataSync());

beforeAll(async () => {
  await useBackend('cpu');
});

/** Runs a check on a model of its own. */
const withModel = <M extends { dispose(): void }>(model: M, check: (model: M) => void) => {
  tidy(() => check(model));
  model.dispose();
};

describe('forward', () => {
  test.each<[unknown, unknown, string]>([
    [{}, {}, 'inputIds or inputsEmbeds must be given, one of the two, but neither is'],
    [undefined, {}, 'inputs must be an object, but is undefined'],
    [{ input_ids: ids }, {}, 'inputs must have known keys, but have input_ids; inputIds is probably meant'],
    [{ inputIds: ids, label: [0, 1] }, {}, 'but have label; labels is probably meant'],
    [{ inputIds: ids, startPositions: [0, 1] }, {}, 'but have startPositions; '],
    [
      { inputIds: ids },
      { output_hidden_states: true },
      'options must have known keys, but have output_hidden_states; outputHiddenStates is probably meant',
    ],
    [
      { inputIds: [1, 2, 3] },
      {},
      'inputIds must be rows, such as [[5, 6]], or a tensor, but has 1 in the place',
    ],
    [{ inputIds: 'abc' }, {}, 'inputIds must be rows, such as [[5, 6]], or a tensor, but is "abc"'],
    [{ inputIds: Int32Array.of(1, 2) }, {}, 'or a tensor, but is [1,2]'],
    [{ inputIds: [[1], [1, 2]] }, {}, 'inputIds must have rows of equal length'],
    [
      {
        inputIds: ids,
        attentionMask: [
          [1, 2, 1, 1],
          [1, 1, 1, 1],
        ],
      },
      {},
      'attentionMask must be 1 at tokens',
    ],
    [{ inputIds: ids, labels: 1 }, {}, 'labels must be a list of numbers, or a tensor, but is 1'],
    [{ inputIds: ids, labels: 0 }, {}, 'labels must be a list of numbers, or a tensor, but is 0'],
    [{ inputIds: ids, labels: [[0], [1, 2]] }, {}, 'labels must have rows of equal length, but has one of 2'],
    [{ inputIds: ids, inputsEmbeds: [[[1]]] }, {}, 'one of the two, but both are'],
    [{ inputsEmbeds: [[[1, 2]]] }, {}, 'inputsEmbeds must have the shape (B, T, 8), but has [1,1,2]'],
    [{ inputsEmbeds: [[1, 2]] }, {}, 'inputsEmbeds must be vectors of numbers, (B, T, E), but are [[1,2]]'],
  ])('refuses %j with %j', (inputs, options, message) => {
    withModel(models.BertForSequenceClassification.fromConfig({ ...tiny, numLabels: 3 }), (model) => {
      expect(() => model.forward(inputs as never, options as never)).toThrow(message);
    });
  });

  it('takes rows, masks and labels in each of their forms', () => {
    withModel(models.BertForSequenceClassification.fromConfig({ ...tiny, numLabels: 3 }), (model) => {
      const mask = ids.map((row) => row.map((id) => id > 0));
      const expected = model.forward({ inputIds: ids, attentionMask: mask, labels: [0, 2] });
      const masks = mask.map((row) => Uint8Array.from(row, Number));
      for (const labels of [Int32Array.of(0, 2), [[0], [2]], tensor([0, 2], [2, 1], 'int32')]) {
        const found = model.forward({ inputIds: rows, attentionMask: masks, labels });
        expect(numbers(found.logits)).toEqual(numbers(expected.logits));
        expect(numbers(found.loss!)).toEqual(numbers(expected.loss!));
      }
    });
  });

  it('reads vectors as it reads the embeddings of ids', () => {
    const full = [
      [5, 9, 30, 7],
      [4, 8, 3, 6],
    ];
    for (const model of [
      models.BertModel.fromConfig(tiny),
      models.RobertaModel.fromConfig({ ...tiny, padTokenId: 1 }),
      models.ElectraModel.fromConfig({ ...tiny, embeddingSize: 6 }),
      models.AlbertModel.fromConfig({ ...tiny, embeddingSize: 6 }),
      models.DistilBertModel.fromConfig(distil),
    ]) {
      withModel<models.BaseEncoder>(model as never, (encoder) => {
        const table = encoder.namedParameters().find(([name]) => name.includes('word_embeddings'))![1];
        const width = table.shape[1]!;
        const values = numbers(table);
        const vectors = full.map((row) => row.map((id) => values.slice(id * width, (id + 1) * width)));
        const expected = numbers(encoder.forward({ inputIds: full }).lastHiddenState);
        const made = tensor(vectors.flat(2), [2, 4, width]);
        for (const inputsEmbeds of [vectors, made]) {
          const found = numbers(encoder.forward({ inputsEmbeds }).lastHiddenState);
          for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
        }
      });
    }
    withModel(models.RobertaModel.fromConfig({ ...tiny, padTokenId: 1 }), (model) => {
      const long = tensor(new Float32Array(13 * 8), [1, 13, 8]);
      expect(() => model.forward({ inputsEmbeds: long })).toThrow('length must not exceed maxLength');
    });
  });
});

describe('heads', () => {
  it('smooth the labels of every cross-entropy', () => {
    const answers = { inputIds: ids, startPositions: [0, 1], endPositions: [1, 1] };
    const pairs = { inputIds: ids, labels: [0, 1] };
    const both = {
      inputIds: ids,
      labels: ids.map(() => [-100, -100, -100, -100]),
      nextSentenceLabel: [0, 1],
    };
    const check = (model: models.EncoderModel<never, never, never>, inputs: object) =>
      withModel(model, () => {
        const lossOf = (labelSmoothing: number) =>
          numbers((model.forward(inputs as never, { labelSmoothing }) as { loss: Tensor }).loss)[0]!;
        expect(lossOf(0.5)).not.toBe(lossOf(0));
      });
    const options = { ...tiny, initializerRange: 0.5 };
    check(models.BertForQuestionAnswering.fromConfig(options) as never, answers);
    check(models.BertForNextSentencePrediction.fromConfig(options) as never, pairs);
    check(models.BertForPreTraining.fromConfig(options) as never, both);
  });

  it('take answers that begin nowhere alike, from numbers and tensors', () => {
    withModel(models.BertForQuestionAnswering.fromConfig(tiny), (model) => {
      const lossOf = (startPositions: models.Labels) =>
        numbers(model.forward({ inputIds: ids, startPositions, endPositions: [1, 1] }).loss!);
      const expected = lossOf([0, 2]);
      expect(lossOf([-1, 2])).toEqual(expected);
      expect(lossOf(tensor([-1, 2], [2], 'int32'))).toEqual(expected);
      expect(lossOf([[-1], [2]])).toEqual(expected);
      expect(() => lossOf([0.5, 1])).toThrow('startPositions must be whole numbers, but has 0.5');
    });
  });

  it('score choices at the positions that are given', () => {
    withModel(models.BertForMultipleChoice.fromConfig({ ...tiny, initializerRange: 0.5 }), (model) => {
      const inputIds = [ids, ids];
      const positions = (first: number) => inputIds.map((row) => row.map(() => [first, 1, 2, 3]));
      const logitsAt = (first: number) =>
        numbers(model.forward({ inputIds, positionIds: positions(first) }).logits);
      expect(logitsAt(0)).toEqual(numbers(model.forward({ inputIds: [rows, rows] }).logits));
      expect(logitsAt(9)).not.toEqual(logitsAt(0));
      expect(() => model.forward({ inputIds: [] })).toThrow(
        'inputIds must have a choice at least in each row',
      );
      expect(() => model.forward({ inputIds: [ids, [[1, 2, 3, 4]]] })).toThrow(
        'inputIds must have as many choices in each row, but has 2 and 1',
      );
      expect(() => model.forward({ labels: [0] })).toThrow('inputIds or inputsEmbeds must be given');
      expect(() => model.forward({ inputIds: ids as never })).toThrow(
        'inputIds must have the shape (B, C, T), but is [[5,9,30,7],[4,8,0,0]]',
      );
    });
  });
});

describe('configurations', () => {
  it('refuses what ELECTRA has no choices for', () => {
    const options = { ...tiny, summaryProjToLabels: true };
    expect(() => models.ElectraForMultipleChoice.fromConfig(options)).toThrow(
      'electra: summaryProjToLabels must be false for choices, but is true',
    );
    withModel(models.ElectraModel.fromConfig(options), () => {});
    withModel(models.ElectraForMultipleChoice.fromConfig({ ...tiny, summaryFirstDropout: 0.5 }), (model) => {
      const logits = (training: boolean) => numbers(model.forward({ inputIds: [ids] }, { training }).logits);
      expect(logits(true)).not.toEqual(logits(false));
    });
  });

  it('begins with the sinusoids of DistilBERT, which are trained', () => {
    withModel(models.DistilBertModel.fromConfig({ ...distil, sinusoidalPosEmbds: true }), (model) => {
      const [, table] = model.namedParameters().find(([name]) => name.includes('position_embeddings'))!;
      expect(model.trainableVariables()).toContain(table);
      const expected = [0, 1, 0, 1, 0, 1, 0, 1, 0.84147, 0.5403, 0.09983, 0.995, 0.01, 0.99995, 0.001, 1];
      for (const [i, value] of expected.entries()) expect(numbers(table)[i]).toBeCloseTo(value, 5);
    });
  });

  it('leaves room for tokens behind the padding of RoBERTa', () => {
    expect(() => models.RobertaModel.fromConfig({ ...tiny, maxPositionEmbeddings: 2 })).toThrow(
      'roberta: maxPositionEmbeddings: must be above 2, as positions begin behind the row of padTokenId 1, but is 2',
    );
  });
});
