import '@tensorflow/tfjs-layers';
import {
  add,
  type Scalar,
  square,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expect, inject, it } from 'vitest';
import { useBackend } from '../backend.node.js';
import { jit } from '../jit/index.js';
import { randomNormal } from '../random/index.js';
import { dropout } from './dropout.js';
import { gelu } from './gelu.js';
import { linear } from './linear.js';
import { recompute } from './recompute.js';

const [ROWS, WIDTH, WIDE, BLOCKS] = [4096, 128, 512, 12];
/** MiB of what a block keeps at least: what it gives gelu, dropout and the last product. */
const KEPT = (3 * ROWS * WIDE * 4) / 2 ** 20;

type Body = (x: Tensor) => Tensor;

/** The most memory that the process had, in MiB, after steps through blocks. */
function peak(wrap: (body: Body, variables: Variable[]) => Body): number {
  const parameter = (shape: number[]) => tidy(() => variable(randomNormal(shape, 0, 0.05)));
  const variables: Variable[] = [];
  const blocks = Array.from({ length: BLOCKS }, () => {
    const [first, last] = [
      [parameter([WIDTH, WIDE]), parameter([WIDE])],
      [parameter([WIDE, WIDTH]), parameter([WIDTH])],
    ] as [[Variable, Variable], [Variable, Variable]];
    variables.push(...first, ...last);
    const body = (x: Tensor) =>
      tidy(() => add(x, linear(dropout(gelu(linear(x, ...first)), 0.1, { training: true }), ...last)));
    return wrap(body, [...first, ...last]);
  });
  const step = jit((x: Tensor) => {
    const loss = () => sum(square(blocks.reduce((input, block) => block(input), x))) as Scalar;
    return variableGrads(loss, variables).grads;
  });
  for (let turn = 0; turn < 2; turn++) tidy(() => void step(randomNormal([ROWS, WIDTH])));
  for (const each of [step, ...variables]) each.dispose();
  return process.resourceUsage().maxRSS / 2 ** 10;
}

describe.skipIf(!inject('hasNativeBackend'))('memory of recompute', () => {
  // TensorFlow merges what is computed twice of the same, which would keep it after all.
  it('is that of one block in compiled functions too', async () => {
    await useBackend('native');
    const recomputed = peak(recompute);
    const ordinary = peak((body) => body);
    expect(ordinary - recomputed).toBeGreaterThan((BLOCKS / 3) * KEPT);
  });
});
