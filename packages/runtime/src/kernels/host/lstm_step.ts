import { registerHostKernel } from './host_kernel.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

registerHostKernel<'gates' | 'c'>('LSTMStep', ({ gates, c }) => {
  const [batch, units] = c.shape as [number, number];
  const nextH = new Float32Array(batch * units);
  const nextC = new Float32Array(batch * units);
  const activations = new Float32Array(batch * 4 * units); // i, f, g, o of each row, after σ and tanh
  for (let row = 0, at = 0; row < batch; row++) {
    const first = row * 4 * units;
    for (let unit = first; unit < first + units; unit++, at++) {
      const i = sigmoid(gates.values[unit]!);
      const f = sigmoid(gates.values[unit + units]!);
      const g = Math.tanh(gates.values[unit + 2 * units]!);
      const o = sigmoid(gates.values[unit + 3 * units]!);
      const state = f * c.values[at]! + i * g;
      nextC[at] = state;
      nextH[at] = o * Math.tanh(state);
      activations[unit] = i;
      activations[unit + units] = f;
      activations[unit + 2 * units] = g;
      activations[unit + 3 * units] = o;
    }
  }
  return [
    { shape: c.shape, dtype: 'float32', values: nextH },
    { shape: c.shape, dtype: 'float32', values: nextC },
    { shape: gates.shape, dtype: 'float32', values: activations },
  ];
});

registerHostKernel<'dh' | 'dc' | 'c' | 'nextC' | 'activations'>(
  'LSTMStepGrad',
  ({ dh, dc, c, nextC, activations }) => {
    const [batch, units] = c.shape as [number, number];
    const dGates = new Float32Array(batch * 4 * units);
    const dPrevious = new Float32Array(batch * units);
    for (let row = 0, at = 0; row < batch; row++) {
      const first = row * 4 * units;
      for (let unit = first; unit < first + units; unit++, at++) {
        const i = activations.values[unit]!;
        const f = activations.values[unit + units]!;
        const g = activations.values[unit + 2 * units]!;
        const o = activations.values[unit + 3 * units]!;
        const output = Math.tanh(nextC.values[at]!);
        const dState = dc.values[at]! + dh.values[at]! * o * (1 - output * output);
        dGates[unit] = dState * g * i * (1 - i);
        dGates[unit + units] = dState * c.values[at]! * f * (1 - f);
        dGates[unit + 2 * units] = dState * i * (1 - g * g);
        dGates[unit + 3 * units] = dh.values[at]! * output * o * (1 - o);
        dPrevious[at] = dState * f;
      }
    }
    return [
      { shape: activations.shape, dtype: 'float32', values: dGates },
      { shape: c.shape, dtype: 'float32', values: dPrevious },
    ];
  },
);
