import { type BackendName, useBackend } from '@chui/runtime';
import {
  addN,
  concat,
  mul,
  type Scalar,
  slice,
  type Tensor,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { GPTNeoXForCausalLM } from '../gpt_neox/gpt_neox.js';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import { LlamaForCausalLM } from '../llama/llama.js';
import { MistralForCausalLM } from '../mistral/mistral.js';
import { OPTForCausalLM } from '../opt/opt.js';
import type { CausalLM } from './causal_lm.js';

const sizes = {
  ...{ vocabSize: 13, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 4 },
  ...{ maxPositionEmbeddings: 16, initializerRange: 0.4, eosTokenId: null, padTokenId: null },
};
const gpt2 = { vocabSize: 13, nEmbd: 16, nLayer: 2, nHead: 2, nPositions: 16, initializerRange: 0.4 };
const makers: [string, () => CausalLM][] = [
  ['learned positions', () => GPT2LMHeadModel.fromConfig(gpt2, { seed: 4 })],
  ['learned positions from row 2', () => OPTForCausalLM.fromConfig({ ...sizes, ffnDim: 24 }, { seed: 4 })],
  [
    'rotary positions',
    () => LlamaForCausalLM.fromConfig({ ...sizes, intermediateSize: 24, numKeyValueHeads: 2 }, { seed: 4 }),
  ],
  [
    'a window',
    () =>
      MistralForCausalLM.fromConfig(
        { ...sizes, intermediateSize: 24, numKeyValueHeads: 2, slidingWindow: 3 },
        { seed: 4 },
      ),
  ],
  [
    'rotary positions of a part of a head',
    () => GPTNeoXForCausalLM.fromConfig({ ...sizes, intermediateSize: 24, rotaryPct: 0.5 }, { seed: 4 }),
  ],
];

const documents = fc.array(fc.array(fc.nat(12), { minLength: 2, maxLength: 4 }), {
  minLength: 2,
  maxLength: 3,
});

/** Documents one after the other, and the last one again, which is padding. */
function packed(parts: number[][], padding: number) {
  const inputIds = [...parts.flat(), ...Array<number>(padding).fill(0)];
  const mask = [...parts.flat().map(() => 1), ...Array<number>(padding).fill(0)];
  const documentIds = [...parts.flatMap((ids, i) => ids.map(() => 7 - i)), ...Array<number>(padding).fill(3)];
  return { inputIds: [inputIds], attentionMask: [mask], documentIds: [documentIds] };
}

const expectClose = (actual: Tensor, expected: Tensor) => {
  const [found, due] = [actual.dataSync(), expected.dataSync()];
  expect(found).toHaveLength(due.length);
  expect(Math.max(...found.map((value, i) => Math.abs(value - due[i]!)))).toBeLessThan(1e-4);
};

describe.each(['cpu', 'native'] as const)('documents in one row on %s', (backend: BackendName) => {
  describe.skipIf(backend === 'native' && !inject('hasNativeBackend')).each(makers)('with %s', (_, make) => {
    let model: CausalLM;
    beforeAll(async () => {
      await useBackend(backend);
      model = make();
      return () => model.dispose();
    });

    it('are read as each is alone', () =>
      fc.assert(
        fc.property(documents, fc.nat(2), (parts, padding) =>
          tidy(() => {
            const { logits } = model.forward(packed(parts, padding));
            const alone = concat(
              parts.map((ids) => model.forward({ inputIds: [ids] }).logits),
              1,
            );
            expectClose(slice(logits, [0, 0, 0], alone.shape), alone);
          }),
        ),
        { numRuns: 8 },
      ));

    it('are learned from as each is alone', () =>
      tidy(() => {
        const parts = [
          [1, 2, 3, 4],
          [5, 6],
          [7, 8, 9, 1, 2],
        ];
        const shiftLabels = [parts.flatMap((ids) => [...ids.slice(1), -100])];
        const { inputIds, documentIds } = packed(parts, 0);
        const variables = model.trainableVariables();
        const together = variableGrads(
          () => model.forward({ inputIds, documentIds, shiftLabels }).loss!,
          variables,
        );
        const alone = variableGrads(() => {
          const losses = parts.map((ids) =>
            mul(model.forward({ inputIds: [ids], labels: [ids] }).loss!, (ids.length - 1) / 8),
          );
          return addN(losses) as Scalar;
        }, variables);
        expectClose(together.value, alone.value);
        for (const [name, gradient] of Object.entries(alone.grads)) {
          expectClose(together.grads[name]!, gradient);
        }
      }));
  });
});

describe('what documents are named by', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  it('has a number for each token, and labels are given once', () => {
    const model = GPT2LMHeadModel.fromConfig(gpt2, { seed: 1 });
    const inputIds = [[1, 2, 3]];
    expect(() => model.forward({ inputIds, documentIds: [[0, 1]] })).toThrow(
      "documentIds must have inputIds' shape [1,3], but has [1,2]",
    );
    expect(() => model.forward({ inputIds, labels: inputIds, shiftLabels: inputIds })).toThrow(
      'labels must be left out with shiftLabels, but are given',
    );
    expect(() => model.forward({ inputIds, shiftLabels: [[1, 2, 13]] })).toThrow(
      'shiftLabels must be classes from 0 to 12, or -100, but has 13',
    );
    model.dispose();
  });

  it('scores the last position too where labels are shifted', () => {
    const model = GPT2LMHeadModel.fromConfig(gpt2, { seed: 1 });
    const ids = [3, 1, 4, 1, 5, 9];
    const losses = tidy(() =>
      [
        model.forward({ inputIds: [ids.slice(0, -1)], shiftLabels: [ids.slice(1)] }),
        model.forward({ inputIds: [ids], labels: [ids] }),
      ].map(({ loss }) => loss!.arraySync()),
    );
    expect(losses[0]).toBeCloseTo(losses[1]!, 5);
    model.dispose();
  });
});
