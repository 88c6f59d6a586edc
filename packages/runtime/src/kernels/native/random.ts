import {
  cast,
  greaterEqual,
  mul,
  scalar,
  type Tensor,
  type TensorInfo,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { type NativeBackend, registerNativeKernel, typeAttribute } from './native_kernel.js';

type StatelessOp = 'StatelessRandomUniform' | 'StatelessRandomNormal';

function draw(op: StatelessOp, seed: TensorInfo, shape: number[], backend: NativeBackend): Tensor {
  const shapeTensor = tensor1d(shape, 'int32');
  const attributes = [
    typeAttribute(backend, 'dtype', 'float32'),
    typeAttribute(backend, 'T', 'int32'),
    typeAttribute(backend, 'Tseed', 'int32'),
  ];
  const values = backend.executeSingleOutput(op, attributes, [shapeTensor, seed]);
  shapeTensor.dispose();
  return values;
}

for (const op of ['StatelessRandomUniform', 'StatelessRandomNormal'] as const) {
  registerNativeKernel<'seed'>(op, ({ seed }, backend, attrs) =>
    draw(op, seed, attrs.shape as number[], backend),
  );
}

registerNativeKernel<'seed'>('StatelessDropoutMask', ({ seed }, backend, attrs) => {
  const { shape, rate } = attrs as { shape: number[]; rate: number };
  return tidy(() => {
    const kept = greaterEqual(draw('StatelessRandomUniform', seed, shape, backend), scalar(rate));
    return mul(cast(kept, 'float32'), scalar(1 / (1 - rate)));
  });
});
