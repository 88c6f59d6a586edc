import { util } from '@tensorflow/tfjs-core';
import { dropoutMaskValues, normalValues, type Seed, uniformValues } from '../../random/philox.js';
import { type HostTensor, registerHostKernel } from './host_kernel.js';

type Attributes = { shape: number[]; rate: number };

function registerRandom(
  kernelName: string,
  generate: (seed: Seed, size: number, rate: number) => Float32Array,
): void {
  registerHostKernel<'seed'>(kernelName, ({ seed }, attrs): HostTensor => {
    const { shape, rate } = attrs as Attributes;
    const [value, draw] = seed.values as unknown as [number, number];
    return { shape, dtype: 'float32', values: generate([value, draw], util.sizeFromShape(shape), rate) };
  });
}

registerRandom('StatelessRandomUniform', uniformValues);
registerRandom('StatelessRandomNormal', normalValues);
registerRandom('StatelessDropoutMask', dropoutMaskValues);
