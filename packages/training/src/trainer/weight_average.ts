import {
  add,
  clone,
  dispose,
  mul,
  type Tensor,
  tidy,
  type Variable,
  variable,
  where,
} from '@tensorflow/tfjs-core';

/**
 * A running mean of weights: w̄ ← d w̄ + (1 − d) w, from w̄ = w on.
 *
 * @see Polyak and Juditsky (1992); Keras's `use_ema` computes the same
 */
export class WeightAverage {
  readonly averages: readonly Variable[];

  constructor(
    private readonly variables: readonly Variable[],
    private readonly decay: number,
  ) {
    this.averages = tidy(() => variables.map((each) => variable(clone(each), false)));
  }

  /**
   * After an update, in ops that can be recorded.
   *
   * @param taken bool scalar, whether there was an update; there was one where it is left out
   */
  update(taken?: Tensor): void {
    tidy(() => {
      for (const [index, average] of this.averages.entries()) {
        const mean = add(mul(average, this.decay), mul(this.variables[index]!, 1 - this.decay));
        average.assign(taken ? where(taken, mean, average) : mean);
      }
    });
  }

  /** Runs `body` while the variables have their means. */
  async during<T>(body: () => Promise<T>): Promise<T> {
    const own = tidy(() => this.variables.map((each) => clone(each)));
    this.assign(this.averages);
    try {
      return await body();
    } finally {
      this.assign(own);
      dispose(own);
    }
  }

  /** Gives the variables their means for good. */
  settle(): void {
    this.assign(this.averages);
  }

  dispose(): void {
    dispose([...this.averages]);
  }

  private assign(values: readonly Tensor[]): void {
    tidy(() => {
      for (const [index, each] of this.variables.entries()) each.assign(clone(values[index]!));
    });
  }
}
