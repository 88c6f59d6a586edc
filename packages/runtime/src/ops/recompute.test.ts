import {
  add,
  argMax,
  grad,
  matMul,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { jit } from '../jit/index.js';
import { randomState, randomUniform, setSeed } from '../random/index.js';
import { dropout } from './dropout.js';
import { gelu } from './gelu.js';
import { layerNorm } from './layer_norm.js';
import { linear } from './linear.js';
import { recompute } from './recompute.js';

const WIDTH = 6;
type Fn = (...inputs: Tensor[]) => Tensor;
type Wrap = (body: Fn, variables: Variable[]) => Fn;
const plain: Wrap = (body) => body;

/** Blocks of layers with dropout, one after another, each wrapped; and all in one, if `around` wraps them. */
function stack(wrap: Wrap, around: Wrap = plain) {
  const variables: Variable[] = [];
  const parameter = (shape: number[]) => {
    const made = tidy(() => variable(filled(shape, variables.length + 1)));
    variables.push(made);
    return made;
  };
  const blocks = Array.from({ length: 3 }, () => {
    const own = [parameter([WIDTH, 4 * WIDTH]), parameter([4 * WIDTH, WIDTH])] as const;
    const biases = [parameter([4 * WIDTH]), parameter([WIDTH])] as const;
    const [gain, bias] = [parameter([WIDTH]), parameter([WIDTH])];
    return wrap(
      (x, mask) =>
        tidy(() => {
          const wide = gelu(linear(layerNorm(x, gain, bias), own[0], biases[0]));
          const dropped = dropout(mul(wide, add(randomUniform([1]), 1)), 0.3, { training: true });
          return add(mul(x, mask!), linear(dropped, own[1], biases[1]));
        }),
      [...own, ...biases, gain, bias],
    );
  });
  const model = around((x, mask) => blocks.reduce((input, block) => block(input, mask!), x!), variables);
  /** The loss, the gradients of all and of the input, and where the generator stands after them. */
  const step = (x: Tensor, mask: Tensor) => {
    const { value, grads } = variableGrads(() => sum(tanh(model(x, mask))) as Scalar, variables);
    const ofInput = grad((input: Tensor) => sum(tanh(model(input, mask))))(x);
    return [value, ofInput, ...variables.map(({ name }) => grads[name]!)];
  };
  const dispose = () => {
    for (const each of variables) each.dispose();
  };
  return { step, dispose };
}

function results(step: (x: Tensor, mask: Tensor) => Tensor[]) {
  setSeed(5);
  return [1, 2].map((turn) =>
    tidy(() => {
      const x = filled([4, WIDTH], 20 + turn);
      const values = step(
        x,
        tidy(() => filled([4, 1], 30)),
      );
      return [values.map((value) => [...value.dataSync()]), randomState()];
    }),
  );
}

describe('recompute', () => {
  onEveryBackend((backend) => {
    const ways: [string, Wrap, Wrap][] = [
      ['each block', recompute, plain],
      ['all blocks as one', plain, recompute],
      ['each block, and all as one', recompute, recompute],
    ];

    it.each(ways)('gives the same losses and gradients to the bit: %s', (_, wrap, around) => {
      const [ordinary, again] = [stack(plain), stack(wrap, around)];
      const expected = results(ordinary.step);
      const actual = results(again.step);
      expect(actual).toEqual(expected);
      ordinary.dispose();
      again.dispose();
    });

    it.each(
      ways.flatMap((way) => [
        ['float32', ...way],
        ['bfloat16', ...way],
      ]) as ['float32' | 'bfloat16', ...(typeof ways)[0]][],
    )('does so in compiled functions of %s: %s', (precision, _, wrap, around) => {
      const [ordinary, again] = [stack(plain), stack(wrap, around)];
      const [fast, fastAgain] = [jit(ordinary.step, { precision }), jit(again.step, { precision })];
      expect(results(fastAgain)).toEqual(results(fast));
      for (const each of [fast, fastAgain, ordinary, again]) each.dispose();
    });

    it('keeps only inputs of its functions', () => {
      const held = [plain, recompute].map((wrap) => {
        let buffers = 0;
        const kernel = tidy(() => variable(filled([4, 4], 1)));
        const block = wrap(
          (x) => tidy(() => tanh(mul(tanh(matMul(x as Tensor2D, kernel as Tensor2D)), 3))),
          [kernel],
        );
        tidy(() => {
          const x = filled([8, 4], 2);
          const before = memory().numDataBuffers;
          variableGrads(() => {
            const output = [1, 2, 3, 4].reduce<Tensor>((input) => block(input), x);
            buffers = memory().numDataBuffers - before;
            return sum(output) as Scalar;
          });
        });
        kernel.dispose();
        return buffers;
      });
      // Outputs of the four functions, of which three are inputs of the next; WASM copies what tfjs saves.
      expect(held[1]).toBe(backend === 'wasm' ? 8 : 4);
      expect(held[0]).toBeGreaterThan(2 * held[1]!);
    });

    it('takes and gives lists, and what has no gradient', () => {
      const body = (a: Tensor, b: Tensor, index: Tensor) => [mul(a, b), argMax(a), a, add(a, index)];
      const [wrapped, list] = [recompute(body, []), body].map((fn) =>
        tidy(() => {
          const index = argMax(filled([3, 3], 1));
          const loss = (a: Tensor) => {
            const [product, largest, same, moved] = fn(a, tanh(a), index);
            return sum(add(add(product!, same!), mul(moved!, add(largest!, a))));
          };
          return [...grad(loss)(filled([3], 3)).dataSync()];
        }),
      );
      expectClose(wrapped!, list!, 1e-6);
    });

    it('has gradients of gradients', () => {
      const square = (x: Tensor) => mul(x, mul(x, tanh(x)));
      const [wrapped, ordinary] = [recompute(square, []), square].map((fn) =>
        tidy(() => [
          ...grad((x: Tensor) => sum(grad((y: Tensor) => sum(fn(y)))(x)))(filled([3], 3)).dataSync(),
        ]),
      );
      expect(wrapped).toEqual(ordinary);
    });
  });
});
