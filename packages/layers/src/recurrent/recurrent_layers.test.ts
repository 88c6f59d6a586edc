import { concat, slice, split, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { lstmStep, type Matrix, type State, type Vector } from '../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../test/support/values.js';
import { type Direction, LSTM, lstm } from './lstm.js';
import { lstmCell } from './lstm_cell.js';

const [B, T, I, U] = [4, 5, 2, 3];
const directions: Direction[] = ['forward', 'backward', 'both'];
/** Padded on the right, on the left, in the middle, everywhere. */
const padding = [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0];
const mask = (dtype: 'int32' | 'float32' | 'bool' = 'int32') => tensor(padding, [B, T], dtype);
const states = (width = U) => [filled([B, width], 3), filled([B, width], 4)];

/** What an LSTM of one direction should put out for one row. */
function read(x: Matrix, flags: Vector, start: State, [kernel, bias]: Tensor[], backwards: boolean) {
  const outputs: Matrix = x.map(() => Array(U).fill(0));
  let state = start;
  const order = [...x.keys()].filter((t) => flags[t]);
  for (const t of backwards ? order.reverse() : order) {
    state = lstmStep(x[t]!, state, kernel!.arraySync() as Matrix, bias!.arraySync() as Vector);
    outputs[t] = state[0];
  }
  return { outputs, state };
}

describe('LSTM', () => {
  onEveryBackend(() => {
    describe('of a sequence alone', () =>
      layerContract({ make: () => lstm({ units: 2 }), inputs: () => [filled([2, 3, 2], 1)] }));
    describe('of both directions, with a mask and states', () =>
      layerContract({
        make: () => lstm({ units: 2, direction: 'both' }),
        inputs: () => [
          filled([2, 3, 1], 1),
          tensor([1, 1, 0, 0, 0, 1], [2, 3], 'int32'),
          filled([2, 4], 2),
          filled([2, 4], 3),
        ],
      }));

    describe.each(directions)('%s', (direction) => {
      const width = direction === 'both' ? 2 * U : U;

      test.each(['masked', 'whole'])('follows the equations over %s sequences', (kind) =>
        scoped((own) => {
          const layer = own(lstm({ units: U, direction }));
          const x = filled([B, T, I], 1);
          const given = kind === 'masked' ? [mask()] : [];
          const inputs = [x, ...given, ...states(width)];
          apply(layer, inputs);
          fillWeights(layer, 7);
          const rows = x.arraySync() as Matrix[];
          const [h, c] = states(width).map((state) => split(state, width / U, 1));
          const flags = kind === 'masked' ? padding : Array(B * T).fill(1);
          const expected = (direction === 'both' ? ['forward', 'backward'] : [direction]).map((name, d) => {
            const weights = layer.getWeights().slice(2 * d, 2 * d + 2);
            const [h0, c0] = [h![d]!.arraySync() as Matrix, c![d]!.arraySync() as Matrix];
            const all = rows.map((row, b) =>
              read(row, flags.slice(b * T, (b + 1) * T), [h0[b]!, c0[b]!], weights, name === 'backward'),
            );
            return [
              tensor(all.map(({ outputs }) => outputs)),
              tensor(all.map(({ state }) => state[0])),
              tensor(all.map(({ state }) => state[1])),
            ];
          });
          expectSame(
            apply(layer, inputs),
            [0, 1, 2].map((output) =>
              concat(
                expected.map((of) => of[output]!),
                -1,
              ),
            ),
            1e-5,
          );
        }),
      );

      test('learns nothing from what is masked, and does not read it', () =>
        scoped((own) => {
          const layer = own(lstm({ units: U, direction }));
          const x = filled([B, T, I], 1);
          const outputs = apply(layer, [x, mask()]);
          const other = tensor(
            (x.arraySync() as Matrix[]).map((row, b) =>
              row.map((step, t) => (padding[b * T + t] ? step : [1e3, -7])),
            ),
          );
          expectSame(apply(layer, [other, mask()]), outputs, 0);
          const gradient = layerGradients(layer, [other, mask()])[0]!.arraySync() as Matrix[];
          gradient.flat().forEach((step, i) => {
            expect(step.some((value) => value !== 0)).toBe(padding[i] === 1);
          });
        }));
    });

    test('takes masks of every dtype', () =>
      scoped((own) => {
        const layer = own(lstm({ units: U }));
        const x = filled([B, T, I], 1);
        const outputs = apply(layer, [x, mask()]);
        for (const dtype of ['float32', 'bool'] as const)
          expectSame(apply(layer, [x, mask(dtype)]), outputs, 0);
      }));

    test('starts from zeros', () =>
      scoped((own) => {
        const layer = own(lstm({ units: U }));
        const x = filled([B, T, I], 1);
        const none = [zeros([B, U]), zeros([B, U])];
        expectSame(apply(layer, [x, ...none]), apply(layer, [x]), 0);
        expectSame(apply(layer, [x, mask(), ...none]), apply(layer, [x, mask()]), 0);
      }));

    test('decodes step by step what it reads at once', () =>
      scoped((own) => {
        const layer = own(lstm({ units: U }));
        const x = filled([B, T, I], 1);
        const [outputs, ...last] = apply(layer, [x, ...states()]);
        let carried = states();
        const steps = Array.from({ length: T }, (_, t) => {
          const [output, ...next] = apply(layer, [slice(x, [0, t, 0], [B, 1, I]), ...carried]);
          carried = next;
          return output!;
        });
        expectSame([concat(steps, 1), ...carried], [outputs!, ...last], 1e-6);
      }));
  });

  test('starts with open forget gates', () =>
    scoped((own) => {
      const layer = own(lstm({ units: 2 }));
      apply(layer, [zeros([1, 1, 1])]);
      expect(Array.from(layer.getWeights()[1]!.dataSync())).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    }));

  test('names its weights after its directions', () =>
    scoped((own) => {
      const layer = own(lstm({ name: 'encoder', units: 2, direction: 'both' }));
      apply(layer, [zeros([1, 1, 1])]);
      expect(layer.weights.map(({ originalName }) => originalName)).toEqual([
        'encoder/forward/kernel',
        'encoder/forward/bias',
        'encoder/backward/kernel',
        'encoder/backward/bias',
      ]);
    }));

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => new LSTM({ units: 0 })).toThrow('units must be a positive integer, but is 0');
      expect(() => new LSTM({ units: 1, direction: 'up' as Direction })).toThrow(
        'direction must be forward, backward or both, but is up',
      );
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(new LSTM({ units: 3 }), inputs)).toThrow(message);
      fails([zeros([2, 3])], 'x must be of rank 3 (batch, length, width), but has shape [2,3]');
      fails(
        [zeros([2, 3, 4]), zeros([2, 3, 1])],
        'mask must be of rank 2 (batch, length), but has shape [2,3,1]',
      );
      fails(
        [zeros([2, 3, 4]), zeros([2, 2]), zeros([2, 2])],
        'h must be of shape [batch, 3], but has shape [2,2]',
      );
      fails(Array(5).fill(zeros([2, 3, 4])), 'inputs must be [x, mask?, h?, c?], but are 5');
    }));
});

describe('LSTMCell', () => {
  onEveryBackend(() => {
    layerContract({
      make: () => lstmCell({ units: 2 }),
      inputs: () => [filled([2, 1], 1), filled([2, 2], 2), filled([2, 2], 3)],
    });
  });
});
