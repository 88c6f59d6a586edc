import {
  add,
  concat,
  expandDims,
  matMul,
  mul,
  reshape,
  slice,
  square,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
  unstack,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  boolAttribute,
  floatAttribute,
  type NativeBackend,
  registerNativeKernel,
  typeAttribute,
} from './native_kernel.js';

type Inputs = 'x' | 'h' | 'c' | 'kernel' | 'bias';
type GradientInputs = Inputs | 'dh' | 'dc' | `saved${number}`;

registerNativeKernel<Inputs>('LSTM', (inputs, backend) => forward(inputs as Record<Inputs, Tensor>, backend));

registerNativeKernel<Inputs>('LSTMCell', (inputs, backend) => {
  const { x, ...others } = inputs as Record<Inputs, Tensor>;
  return tidy(() => {
    const [h, c, ...saved] = forward({ x: expandDims(x), ...others }, backend);
    return [squeeze(h!, [0]), squeeze(c!, [0]), ...saved];
  });
});

registerNativeKernel<GradientInputs>('LSTMGrad', (inputs) =>
  backward(inputs as Record<GradientInputs, Tensor>),
);

registerNativeKernel<GradientInputs>('LSTMCellGrad', (inputs) => {
  const { x, dh, dc, ...others } = inputs as Record<GradientInputs, Tensor>;
  return tidy(() => {
    const sequences = { x: expandDims(x), dh: expandDims(dh), dc: expandDims(dc) };
    const [dx, ...gradients] = backward({ ...others, ...sequences } as Record<GradientInputs, Tensor>);
    return [squeeze(dx!, [0]), ...gradients];
  });
});

/**
 * BlockLSTMV2 runs a whole sequence in one op, its gates in the order i, f, g, o; without peepholes and clipping it is the
 * plain LSTM.
 *
 * @returns h, c and what the gradient needs: i, c, f, o, g, tanh(c), h; each (T, B, U)
 */
function forward({ x, h, c, kernel, bias }: Record<Inputs, Tensor>, backend: NativeBackend): Tensor[] {
  const { binding } = backend;
  const peephole = zeros([c.shape[1]!]);
  const steps = binding.createTensor([], binding.TF_INT64, new Int32Array([x.shape[0]!, 0]));
  const inputs = backend.getInputTensorIds([x, c, h, kernel, peephole, peephole, peephole, bias]);
  const attributes = [
    typeAttribute(backend, 'T', 'float32'),
    boolAttribute(backend, 'use_peephole', false),
    floatAttribute(backend, 'cell_clip', 0),
  ];
  const metadata = binding.executeOp('BlockLSTMV2', attributes, [steps, ...inputs], 7);
  binding.deleteTensor(steps);
  peephole.dispose();
  const outputs = metadata.map((output) => backend.createOutputTensor(output));
  return [outputs[6]!, outputs[1]!, ...outputs];
}

/**
 * BlockLSTMGradV2 computes the gradients of the weights step by step, in products of B rows. Here all that the steps do
 * not need of each other is computed for all of them at once: half the time.
 */
function backward(inputs: Record<GradientInputs, Tensor>): Tensor[] {
  return tidy(() => {
    const { x, h, c, kernel, dh, dc, ...saved } = inputs;
    const [i, cells, f, o, g, tanhC, states] = Array.from(
      { length: 7 },
      (_, index) => saved[`saved${index}`]!,
    );
    const [steps, batch, width] = x.shape as [number, number, number];
    const units = c.shape[1]!;
    const [cBefore, hBefore] = [earlier(c, cells!), earlier(h, states!)]; // (T, B, U)

    // What a gate before its activation gets of each unit of its gradient.
    const ofC = stack([slope(g!, i!), slope(cBefore, f!), mul(i!, sub(1, square(g!)))], 2); // (T, B, 3, U)
    const ofH = slope(tanhC!, o!); // (T, B, U)
    const hToC = mul(o!, sub(1, square(tanhC!))); // (T, B, U)

    // Turned once: a product with a turned matrix takes twice as long.
    const toState = transpose(slice(kernel as Tensor2D, [width, 0], [units, 4 * units])); // (4U, U)
    const each = { dh, dc, ofC, ofH, hToC, f: f! };
    const at = Object.fromEntries(Object.entries(each).map(([name, all]) => [name, stepsOf(all)])) as Record<
      keyof typeof each,
      Tensor[]
    >;
    const gates: Tensor2D[] = [];
    let next: { dh: Tensor; dc: Tensor } | undefined;
    for (let t = steps - 1; t >= 0; t--) {
      const dhT = next ? add(at.dh[t]!, next.dh) : at.dh[t]!;
      const direct = add(at.dc[t]!, mul(dhT, at.hToC[t]!));
      const dcT = next ? add(direct, next.dc) : direct;
      const ofState = reshape(mul(at.ofC[t]!, expandDims(dcT, 1)), [batch, 3 * units]);
      gates[t] = concat([ofState, mul(dhT, at.ofH[t]!)], 1) as Tensor2D; // (B, 4U)
      next = { dh: matMul(gates[t]!, toState), dc: mul(dcT, at.f[t]!) };
    }
    const dGates = concat(gates, 0) as Tensor2D; // (T·B, 4U)
    const inputKernel = slice(kernel as Tensor2D, [0, 0], [width, 4 * units]);
    const read = reshape(concat([x, hBefore], 2), [steps * batch, width + units]) as Tensor2D;
    return [
      reshape(matMul(dGates, inputKernel, false, true), x.shape),
      next!.dh,
      next!.dc,
      matMul(read, dGates, true),
      sum(dGates, 0),
    ];
  });
}

/** d/dx of y · σ(x), where s = σ(x): y · s (1 − s). */
const slope = (y: Tensor, s: Tensor): Tensor => mul(y, mul(s, sub(1, s)));

/** What was there before each step, (T, B, U). */
function earlier(first: Tensor, all: Tensor): Tensor {
  const start = expandDims(first); // (1, B, U)
  const [steps, batch, units] = all.shape as [number, number, number];
  return steps === 1 ? start : concat([start, slice(all, [0, 0, 0], [steps - 1, batch, units])], 0);
}

const stepsOf = (all: Tensor): Tensor[] => (all.shape[0] === 1 ? [squeeze(all, [0])] : unstack(all));
