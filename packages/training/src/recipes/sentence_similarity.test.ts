import { BertModel } from '@chui/models';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { SentenceSimilarity } from './sentence_similarity.js';

onEveryBackend(() => {
  test('compares the means of states by their cosine', () => {
    const encoder = BertModel.fromConfig(
      {
        vocabSize: 20,
        hiddenSize: 8,
        numHiddenLayers: 1,
        numAttentionHeads: 2,
        intermediateSize: 8,
        initializerRange: 1,
      },
      { seed: 1 },
    );
    const model = new SentenceSimilarity(encoder);
    const ids = [
      [
        [5, 6, 7],
        [8, 9, 0],
      ],
      [
        [5, 6, 0],
        [5, 6, 0],
      ],
    ];
    const mask = [
      [
        [1, 1, 1],
        [1, 1, 0],
      ],
      [
        [1, 1, 0],
        [1, 1, 0],
      ],
    ];
    tidy(() => {
      const inputs = {
        inputIds: tensor(ids, [2, 2, 3], 'int32'),
        attentionMask: tensor(mask, [2, 2, 3], 'int32'),
        labels: tensor([0.25, 1]),
      };
      const { logits, loss } = model.forward(inputs, { training: false });
      const vectorOf = (text: number[]) => {
        const states = encoder.forward({ inputIds: [text] }).lastHiddenState.arraySync()[0]!;
        return states[0]!.map(
          (_, axis) => states.reduce((sum, state) => sum + state[axis]!, 0) / states.length,
        );
      };
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, axis) => sum + value * b[axis]!, 0);
      const [a, b] = [vectorOf([5, 6, 7]), vectorOf([8, 9])];
      const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      const found = logits.dataSync();
      expect(found[0]).toBeCloseTo(cosine, 4);
      expect(found[1]).toBeCloseTo(1, 4);
      expect(loss!.dataSync()[0]).toBeCloseTo((cosine - 0.25) ** 2 / 2, 4);
    });
    const pooler = encoder.namedParameters().filter(([name]) => name.startsWith('pooler.'));
    expect(pooler).toHaveLength(2);
    expect(model.trainableVariables()).toHaveLength(encoder.trainableVariables().length - 2);
    encoder.dispose();
  });
});
