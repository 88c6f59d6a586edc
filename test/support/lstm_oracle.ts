/** One number at a time, in float64: what the recurrent layers are compared with. */

export type Vector = number[];
export type Matrix = number[][];

/** h, and c of an LSTM, of one row of a batch. */
export type State = [h: Vector, ...c: Vector[]];

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** x · W */
export function times(x: Vector, kernel: Matrix): Vector {
  return kernel[0]!.map((_, column) => x.reduce((sum, value, row) => sum + value * kernel[row]![column]!, 0));
}

/** One step of an LSTM with gates in the order i, f, g, o and a kernel for [x, h]. */
export function lstmStep(x: Vector, [h, ...rest]: State, [kernel, bias]: [Matrix, Vector]): State {
  const [c] = rest as [Vector];
  const gates = times([...x, ...h], kernel).map((value, i) => value + bias[i]!);
  const gate = (which: number, unit: number) => gates[which * h.length + unit]!;
  const next = c.map((old, u) => sigmoid(gate(1, u)) * old + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
  return [next.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value)), next];
}

/** One step of a GRU with gates in the order r, z, n, which resets the state after its projection. */
export function gruStep(
  x: Vector,
  [h]: State,
  [kernel, recurrentKernel, bias, recurrentBias]: [Matrix, Matrix, Vector, Vector],
): State {
  const fromInput = times(x, kernel).map((value, i) => value + bias[i]!);
  const fromState = times(h, recurrentKernel).map((value, i) => value + recurrentBias[i]!);
  return [
    h.map((old, u) => {
      const at = (gates: Vector, which: number) => gates[which * h.length + u]!;
      const gate = (which: number) => sigmoid(at(fromInput, which) + at(fromState, which));
      const candidate = Math.tanh(at(fromInput, 2) + gate(0) * at(fromState, 2));
      return (1 - gate(1)) * candidate + gate(1) * old;
    }),
  ];
}

/** Dot-product attention of one query: its weights, zero where masked, and the context. */
export function attend(query: Vector, memory: Matrix, mask: Vector): { weights: Vector; context: Vector } {
  const scores = memory.map((slot, s) =>
    mask[s]
      ? Math.exp(
          times(
            query,
            slot.map((v) => [v]),
          )[0]!,
        )
      : 0,
  );
  const total = scores.reduce((sum, score) => sum + score, 0);
  const weights = scores.map((score) => (total > 0 ? score / total : 0));
  return { weights, context: times(weights, memory) };
}
