import { jit } from '@chui/runtime';
import {
  cast,
  concat,
  expandDims,
  mul,
  ones,
  slice,
  split,
  type Tensor,
  tensor,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
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
import {
  gruStep,
  lstmStep,
  type Matrix,
  type State,
  type Vector,
} from '../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../test/support/values.js';
import { gru } from './gru.js';
import { gruCell } from './gru_cell.js';
import { lstm } from './lstm.js';
import { lstmCell } from './lstm_cell.js';
import type { RecurrentCell } from './recurrent_cell.js';
import type { Direction, RecurrentLayer, RecurrentLayerArgs } from './recurrent_layer.js';

const [B, T, I, U] = [4, 5, 2, 3];
const directions: Direction[] = ['forward', 'backward', 'both'];
/** Padded on the right, on the left, in the middle, everywhere. */
const padding = [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0];
const mask = (dtype: 'int32' | 'float32' | 'bool' = 'int32') => tensor(padding, [B, T], dtype);

interface Kind {
  make: (args: RecurrentLayerArgs) => RecurrentLayer;
  makeCell: (args: { units: number }) => RecurrentCell;
  /** One step of one row, in float64, with the weights of a cell. */
  step: (x: Vector, state: State, weights: unknown[]) => State;
  /** Names of the state's parts. */
  parts: string[];
  /** Names of a cell's weights. */
  weights: string[];
  /** The shortest inputs with a state to start from. */
  continued: (x: Tensor, state: Tensor[]) => Tensor[];
}

const kinds: Record<string, Kind> = {
  LSTM: {
    make: lstm,
    makeCell: lstmCell,
    step: (x, state, weights) => lstmStep(x, state, weights as [Matrix, Vector]),
    parts: ['h', 'c'],
    weights: ['kernel', 'bias'],
    continued: (x, state) => [x, ...state],
  },
  GRU: {
    make: gru,
    makeCell: gruCell,
    step: (x, state, weights) => gruStep(x, state, weights as [Matrix, Matrix, Vector, Vector]),
    parts: ['h'],
    weights: ['kernel', 'recurrent_kernel', 'bias', 'recurrent_bias'],
    continued: (x, state) => [x, ones(x.shape.slice(0, 2)), ...state],
  },
};

describe.each(Object.keys(kinds))('%s', (kindName) => {
  const { make, makeCell, step, parts, weights: weightNames, continued } = kinds[kindName]!;
  const states = (width = U) => parts.map((_, i) => filled([B, width], 3 + i));

  /** What a layer of one direction should put out for one row. */
  function read(x: Matrix, flags: Vector, start: State, weights: unknown[], backwards: boolean) {
    const outputs: Matrix = x.map(() => Array(U).fill(0));
    let state = start;
    const order = [...x.keys()].filter((t) => flags[t]);
    for (const t of backwards ? order.reverse() : order) {
      state = step(x[t]!, state, weights);
      outputs[t] = state[0];
    }
    return { outputs, state };
  }

  onEveryBackend((backend) => {
    describe('of a sequence alone', () =>
      layerContract({ make: () => make({ units: 2 }), inputs: () => [filled([2, 3, 2], 1)] }));
    describe('of both directions, with a mask and states', () =>
      layerContract({
        make: () => make({ units: 2, direction: 'both' }),
        inputs: () => [
          filled([2, 3, 1], 1),
          tensor([1, 1, 0, 0, 0, 1], [2, 3], 'int32'),
          ...parts.map((_, i) => filled([2, 4], 2 + i)),
        ],
      }));
    describe('as a cell', () =>
      layerContract({
        make: () => makeCell({ units: 2 }),
        inputs: () => [filled([2, 1], 1), ...parts.map((_, i) => filled([2, 2], 2 + i))],
      }));

    describe.each(directions)('%s', (direction) => {
      const width = direction === 'both' ? 2 * U : U;

      test.each(['masked', 'whole'])('follows the equations over %s sequences', (how) =>
        scoped((own) => {
          const layer = own(make({ units: U, direction }));
          const x = filled([B, T, I], 1);
          const inputs = how === 'masked' ? [x, mask(), ...states(width)] : continued(x, states(width));
          apply(layer, inputs);
          fillWeights(layer, 7);
          const rows = x.arraySync() as Matrix[];
          const start = states(width).map((state) => split(state, width / U, 1));
          const flags = how === 'masked' ? padding : Array(B * T).fill(1);
          const expected = (direction === 'both' ? ['forward', 'backward'] : [direction]).map((name, d) => {
            const count = weightNames.length;
            const weights = layer.getWeights().slice(count * d, count * (d + 1));
            const first = start.map((part) => part[d]!.arraySync() as Matrix);
            const all = rows.map((row, b) =>
              read(
                row,
                flags.slice(b * T, (b + 1) * T),
                first.map((part) => part[b]!) as State,
                weights.map((weight) => weight.arraySync()),
                name === 'backward',
              ),
            );
            return [
              tensor(all.map(({ outputs }) => outputs)),
              ...parts.map((_, i) => tensor(all.map(({ state }) => state[i]!))),
            ];
          });
          expectSame(
            apply(layer, inputs),
            expected[0]!.map((_, output) =>
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
          const layer = own(make({ units: U, direction }));
          const x = filled([B, T, I], 1);
          const outputs = apply(layer, [x, mask()]);
          const other = tensor(
            (x.arraySync() as Matrix[]).map((row, b) =>
              row.map((each, t) => (padding[b * T + t] ? each : [1e3, -7])),
            ),
          );
          expectSame(apply(layer, [other, mask()]), outputs, 0);
          const gradient = layerGradients(layer, [other, mask()])[0]!.arraySync() as Matrix[];
          gradient.flat().forEach((each, i) => {
            expect(each.some((value) => value !== 0)).toBe(padding[i] === 1);
          });
        }));
    });

    test('takes masks of every dtype', () =>
      scoped((own) => {
        const layer = own(make({ units: U }));
        const x = filled([B, T, I], 1);
        const outputs = apply(layer, [x, mask()]);
        for (const dtype of ['float32', 'bool'] as const)
          expectSame(apply(layer, [x, mask(dtype)]), outputs, 0);
      }));

    test('reads or skips a step alone', () =>
      scoped((own) => {
        const layer = own(make({ units: U }));
        const x = filled([B, 1, I], 1);
        apply(layer, [x]);
        fillWeights(layer, 7);
        const flags = tensor([1, 0, 1, 0], [B, 1], 'int32');
        const [output, ...last] = apply(layer, [x, flags, ...states()]);
        const [whole, ...next] = apply(layer, continued(x, states()));
        expectSame([output!], [mul(whole!, expandDims(flags, 2))]);
        expectSame(
          last,
          next.map((part, i) => where(cast(flags, 'bool'), part, states()[i]!)),
        );
      }));

    test('starts from zeros', () =>
      scoped((own) => {
        const layer = own(make({ units: U }));
        const x = filled([B, T, I], 1);
        const none = parts.map(() => zeros([B, U]));
        expectSame(apply(layer, continued(x, none)), apply(layer, [x]), 1e-6);
        expectSame(apply(layer, [x, mask(), ...none]), apply(layer, [x, mask()]), 0);
      }));

    test('reads inputs by name, with or without a mask', () =>
      scoped((own) => {
        const layer = own(make({ units: U, direction: 'both' }));
        const x = filled([B, T, I], 1);
        const state = states(2 * U);
        const expected = apply(layer, continued(x, state));
        expectSame(layer.read({ x, state }), expected, 1e-6);
        expectSame(layer.read({ x, mask: mask(), state }), apply(layer, [x, mask(), ...state]), 0);
        expectSame(layer.read({ x, state: layer.emptyState(B) }), layer.read({ x }), 0);
      }));

    test('decodes step by step what it reads at once', () =>
      scoped((own) => {
        const layer = own(make({ units: U }));
        const x = filled([B, T, I], 1);
        const [outputs, ...last] = apply(layer, continued(x, states()));
        let carried = states();
        const steps = Array.from({ length: T }, (_, t) => {
          const [output, ...next] = apply(layer, continued(slice(x, [0, t, 0], [B, 1, I]), carried));
          carried = next;
          return output!;
        });
        expectSame([concat(steps, 1), ...carried], [outputs!, ...last], 1e-6);
      }));

    if (backend === 'native') {
      test('is recorded, with its gradients', () =>
        scoped((own) => {
          const layer = own(make({ units: U, direction: 'both' }));
          const inputs = [filled([B, T, I], 1), mask(), ...states(2 * U)];
          const outcome = (list: Tensor[]) => [...apply(layer, list), ...layerGradients(layer, list)];
          const expected = outcome(inputs);
          const recorded = jit(outcome);
          try {
            expectSame(recorded(inputs), expected, 1e-5);
          } finally {
            recorded.dispose();
          }
        }));
    }
  });

  test('names its weights after its directions', () =>
    scoped((own) => {
      const layer = own(make({ name: 'encoder', units: 2, direction: 'both' }));
      apply(layer, [zeros([1, 1, 1])]);
      expect(layer.weights.map(({ originalName }) => originalName)).toEqual(
        ['forward', 'backward'].flatMap((name) => weightNames.map((weight) => `encoder/${name}/${weight}`)),
      );
    }));

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => make({ units: 0 })).toThrow('units must be a positive integer, but is 0');
      expect(() => makeCell({ units: 0.5 })).toThrow('units must be a positive integer, but is 0.5');
      expect(() => make({ units: 1, direction: 'up' as Direction })).toThrow(
        'direction must be forward, backward or both, but is up',
      );
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(make({ units: 3 }), inputs)).toThrow(message);
      fails([zeros([2, 3])], 'x must be of rank 3 (batch, length, width), but has shape [2,3]');
      const x = zeros([2, 3, 4]);
      fails([x, zeros([2, 3, 1])], 'mask must be of rank 2 (batch, length), but has shape [2,3,1]');
      fails([x, zeros([2, 2])], 'mask must be of shape [batch, 3], but has shape [2,2]');
      const wrong = parts.map(() => zeros([2, 2]));
      fails(continued(x, wrong), 'h must be of shape [batch, 3], but has shape [2,2]');
      const optional = ['mask', ...parts].map((name) => `${name}?`).join(', ');
      fails(Array(5).fill(x), `inputs must be [x, ${optional}], but are 5`);
    }));
});

test('an LSTM starts with open forget gates', () =>
  scoped((own) => {
    const layer = own(lstm({ units: 2 }));
    apply(layer, [zeros([1, 1, 1])]);
    expect(Array.from(layer.getWeights()[1]!.dataSync())).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  }));
