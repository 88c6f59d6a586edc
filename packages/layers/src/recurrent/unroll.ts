import { stack, type Tensor, unstack } from '@tensorflow/tfjs-core';

/**
 * Runs `step` over the time axis of x (B, T, E).
 *
 * @param state that the first step starts from
 * @param step makes of a step's input (B, E) and the state before it what is kept, and the state after it
 * @returns what was kept of all steps, each on a time axis before its last axis: (B, …, N) → (B, …, T, N); the last state
 */
export function unroll<Kept extends [Tensor, ...Tensor[]], State extends Tensor[]>(
  x: Tensor,
  state: State,
  step: (x: Tensor, state: State) => { kept: Kept; state: State },
): { kept: Kept; state: State } {
  const all: Kept[] = [];
  let last = state;
  for (const input of unstack(x, 1)) {
    const result = step(input, last);
    all.push(result.kept);
    last = result.state;
  }
  const kept = all[0]!.map((first, i) =>
    stack(
      all.map((each) => each[i]!),
      first.rank - 1,
    ),
  ) as Kept;
  return { kept, state: last };
}
