import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { readGolden } from '../../../../test/support/golden.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { expectSame, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { type Activation, activation } from './activation.js';

const names: Activation[] = [
  'linear',
  'tanh',
  'relu',
  'sigmoid',
  'elu',
  'selu',
  'softplus',
  'silu',
  'gelu',
  'geluTanh',
  'quickGelu',
  'gelu10',
  'relu2',
  'relu6',
  'leakyRelu',
  'mish',
];

describe('activation', () => {
  onEveryBackend(() => {
    test.each<[Activation, string]>([
      ['gelu', 'gelu'],
      ['geluTanh', 'gelu-new'],
      ['relu', 'relu'],
      ['silu', 'silu'],
      ['tanh', 'tanh'],
      ['sigmoid', 'sigmoid'],
      ['geluTanh', 'gelu-fast'],
      ['quickGelu', 'quick-gelu'],
      ['gelu10', 'gelu-10'],
      ['relu2', 'relu2'],
      ['relu6', 'relu6'],
      ['leakyRelu', 'leaky-relu'],
      ['mish', 'mish'],
    ])('%s is %s of transformers', (ours, theirs) =>
      scoped(() => {
        const { read } = readGolden('activations');
        expectSame([activation(ours)(read('input.x'))], [read(`output.${theirs}`)], 1e-5);
      }),
    );

    test('is what its name says', () =>
      scoped(() => {
        const x = filled([9], 4);
        const check = (name: Activation, f: (x: number) => number) =>
          expectClose(activation(name)(x), Array.from(x.dataSync(), f), 1e-5);
        check('linear', (v) => v);
        check('elu', (v) => (v > 0 ? v : Math.expm1(v)));
        check('selu', (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v)));
        check('softplus', (v) => Math.log1p(Math.exp(v)));
      }));

    test.each(names)('%s has a gradient that agrees with central differences', (name) =>
      scoped(() => checkGradients((x) => activation(name)(x!), [filled([9], 5)])),
    );
  });

  test('takes only a name that there is', () => {
    const message = `activation must be one of ${names.join(', ')}, but is swish`;
    expect(() => activation('swish' as Activation)).toThrow(message);
    expect(() => activation('toString' as Activation)).toThrow('but is toString');
  });
});
