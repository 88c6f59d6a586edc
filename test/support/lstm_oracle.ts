/** One number at a time, in float64: what the recurrent layers are compared with. */

export type Vector = number[];
export type Matrix = number[][];

/** h and c of one row of a batch. */
export type State = [h: Vector, c: Vector];

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** x · W */
export function times(x: Vector, kernel: Matrix): Vector {
  return kernel[0]!.map((_, column) => x.reduce((sum, value, row) => sum + value * kernel[row]![column]!, 0));
}

/** One step of an LSTM with gates in the order i, f, g, o and a kernel for [x, h]. */
export function lstmStep(x: Vector, [h, c]: State, kernel: Matrix, bias: Vector): State {
  const gates = times([...x, ...h], kernel).map((value, i) => value + bias[i]!);
  const gate = (which: number, unit: number) => gates[which * h.length + unit]!;
  const next = c.map((old, u) => sigmoid(gate(1, u)) * old + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
  return [next.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value)), next];
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
