import { type Tensor, type TensorInfo, zeros } from '@tensorflow/tfjs-core';
import {
  boolAttribute,
  intAttribute,
  type NativeBackend,
  registerNativeKernel,
  typeAttribute,
} from './native_kernel.js';

// BlockLSTMV2 runs a whole sequence in one op, its gates in the order i, f, g, o; without peepholes and clipping it is
// the plain LSTM. Its outputs are i, c, f, o, tanh(c), g and h, each (T, B, U).

type Inputs = 'x' | 'h' | 'c' | 'kernel' | 'bias';

registerNativeKernel<Inputs>('LSTM', (inputs, backend) => {
  const outputs = forward(inputs, backend);
  return [outputs[6]!, outputs[1]!, ...outputs];
});

// A step is a sequence of one; packing and unpacking it only changes the shape.
registerNativeKernel<Inputs>('LSTMCell', (inputs, backend) => {
  const x = pack(backend, inputs.x);
  const outputs = forward({ ...inputs, x }, backend);
  x.dispose();
  return [unpack(backend, outputs[6]!), unpack(backend, outputs[1]!), ...outputs];
});

registerNativeKernel<Inputs | 'dh' | 'dc' | `saved${number}`>('LSTMGrad', backward);

registerNativeKernel<Inputs | 'dh' | 'dc' | `saved${number}`>('LSTMCellGrad', (inputs, backend) => {
  const packed = [inputs.x, inputs.dh, inputs.dc].map((tensor) => pack(backend, tensor));
  const [x, dh, dc] = packed as [Tensor, Tensor, Tensor];
  const [dx, ...others] = backward({ ...inputs, x, dh, dc }, backend);
  const step = unpack(backend, dx!);
  for (const tensor of [...packed, dx!]) tensor.dispose();
  return [step, ...others];
});

function forward({ x, h, c, kernel, bias }: Record<Inputs, TensorInfo>, backend: NativeBackend): Tensor[] {
  const clip = { name: 'cell_clip', type: backend.binding.TF_ATTR_FLOAT, value: 0 };
  return blockLstm(backend, 'BlockLSTMV2', [clip], [x, c, h, kernel], [bias], 7);
}

function backward(
  inputs: Record<Inputs | 'dh' | 'dc' | `saved${number}`, TensorInfo>,
  backend: NativeBackend,
): Tensor[] {
  const { x, h, c, kernel, bias, dh, dc, ...saved } = inputs;
  const outputs = Array.from({ length: 7 }, (_, index) => saved[`saved${index}`]!);
  const gradients = blockLstm(
    backend,
    'BlockLSTMGradV2',
    [],
    [x, c, h, kernel],
    [bias, ...outputs, dc, dh],
    8,
  );
  const [dx, dc0, dh0, dKernel, dPeepholeI, dPeepholeF, dPeepholeO, dBias] = gradients;
  for (const unused of [dPeepholeI, dPeepholeF, dPeepholeO]) unused!.dispose();
  return [dx!, dh0!, dc0!, dKernel!, dBias!];
}

function blockLstm(
  backend: NativeBackend,
  op: 'BlockLSTMV2' | 'BlockLSTMGradV2',
  attributes: ReturnType<typeof boolAttribute>[],
  [x, c, h, kernel]: [TensorInfo, TensorInfo, TensorInfo, TensorInfo],
  rest: TensorInfo[],
  numOutputs: number,
): Tensor[] {
  const { binding } = backend;
  const peephole = zeros([c.shape[1]!]);
  const steps = binding.createTensor([], binding.TF_INT64, new Int32Array([x.shape[0]!, 0]));
  const inputs = backend.getInputTensorIds([x, c, h, kernel, peephole, peephole, peephole, ...rest]);
  const common = [typeAttribute(backend, 'T', 'float32'), boolAttribute(backend, 'use_peephole', false)];
  const outputs = binding.executeOp(op, [...common, ...attributes], [steps, ...inputs], numOutputs);
  binding.deleteTensor(steps);
  peephole.dispose();
  return outputs.map((output) => backend.createOutputTensor(output));
}

function pack(backend: NativeBackend, tensor: TensorInfo): Tensor {
  const attributes = [
    typeAttribute(backend, 'T', 'float32'),
    intAttribute(backend, 'N', 1),
    intAttribute(backend, 'axis', 0),
  ];
  return backend.executeSingleOutput('Pack', attributes, [tensor]);
}

function unpack(backend: NativeBackend, tensor: TensorInfo): Tensor {
  const attributes = [
    typeAttribute(backend, 'T', 'float32'),
    intAttribute(backend, 'num', 1),
    intAttribute(backend, 'axis', 0),
  ];
  return backend.executeSingleOutput('Unpack', attributes, [tensor]);
}
