import { matMul, tensor2d, tidy, topk, variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { useBackend } from '../backend.node.js';
import { adamW } from '../optimizers/index.js';
import { type ChuiBinding, nativeBinding } from './binding.js';
import { registeredKernels } from './kernels.js';
import { opsWithoutKernel, recordOps } from './op_uses.js';

const FLOAT = 1;
const INT32 = 3;
const STRING = 7;

describe.skipIf(!inject('hasNativeBackend'))('kernels of the native backend', () => {
  let binding: ChuiBinding;

  beforeAll(async () => {
    await useBackend('native');
    binding = nativeBinding()!.chui!;
  });

  it('lists the kernels of an op with the types that they take', () => {
    const kernels = registeredKernels(binding, 'MatMul');
    const types = kernels
      .filter(({ device }) => device === 'CPU')
      .flatMap((kernel) => kernel.types.get('T') ?? []);
    expect(kernels.every(({ op }) => op === 'MatMul')).toBe(true);
    expect(types).toEqual(expect.arrayContaining([FLOAT, INT32]));
    expect(types).not.toContain(STRING);
  });

  it('lists none for an op that there is not', () => {
    expect(registeredKernels(binding, 'NoSuchOp')).toEqual([]);
  });

  it('records the ops that run, once each, and finds those without a kernel', async () => {
    const uses = await recordOps(() =>
      tidy(() => {
        const x = tensor2d([1, 2, 3, 4], [2, 2]);
        matMul(x, x);
        matMul(x, x);
        topk(x, 1);
      }),
    );
    expect(uses.map(({ op }) => op)).toEqual(['BatchMatMulV2', 'TopKV2']);
    expect(uses[0]?.types).toEqual({ T: FLOAT });
    expect(opsWithoutKernel(binding, uses, 'CPU')).toEqual([]);
    expect(opsWithoutKernel(binding, uses, 'TOASTER')).toEqual(uses);
    const range = { op: 'Range', types: { Tidx: INT32 } };
    expect(opsWithoutKernel(binding, [range], 'TOASTER')).toEqual([]);
    const strings = { op: 'MatMul', types: { T: STRING } };
    expect(opsWithoutKernel(binding, [strings], 'CPU')).toEqual([strings]);
  });

  it('records what a GPU would run, of which chui has no op of its own', async () => {
    const weight = tidy(() => variable(tensor2d([1, 2, 3, 4], [2, 2])));
    const optimizer = adamW({ learningRate: 0.1 });
    const step = () =>
      tidy(() => optimizer.applyGradients({ [weight.name]: tensor2d([1, 1, 1, 1], [2, 2]) }));
    const uses = await recordOps(step);
    expect(uses.map(({ op }) => op)).toContain('Sqrt');
    expect(uses.filter(({ op }) => op.startsWith('Chui'))).toEqual([]);
    optimizer.dispose();
    weight.dispose();
  });

  it('turns errors of C++ into exceptions', () => {
    expect(() => binding.loadLibrary('/no/such/library.so')).toThrow('/no/such/library.so');
    expect(() => binding.registeredKernels(3 as unknown as string)).toThrow('A string was expected');
  });

  it('names the devices', () => {
    expect(binding.devices()).toContainEqual(expect.objectContaining({ type: 'CPU' }));
  });
});
