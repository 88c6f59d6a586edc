import { type TypedArray, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';

/** A copy of variables' values in JavaScript's memory, where no optimizer writes into it. */
export class Weights {
  constructor(
    private readonly variables: readonly Variable[],
    readonly values: readonly TypedArray[],
  ) {}

  static async of(variables: readonly Variable[]): Promise<Weights> {
    return new Weights(variables, await Promise.all(variables.map((variable) => variable.data())));
  }

  /** Gives the variables the values that they had. */
  restore(): void {
    tidy(() => {
      this.variables.forEach((variable, index) => {
        variable.assign(tensor(this.values[index]!.slice(), variable.shape, variable.dtype));
      });
    });
  }
}
