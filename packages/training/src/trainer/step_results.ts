import { concat, dispose, type Tensor1D, tidy } from '@tensorflow/tfjs-core';

/** Vectors that stay on the backend until they are read together, so that a step waits for nothing. */
export class StepResults {
  private pending: Tensor1D[] = [];

  /** Takes a vector over. */
  push(result: Tensor1D): void {
    this.pending.push(result);
  }

  get length(): number {
    return this.pending.length;
  }

  /** Reads the vectors since the last reading, and frees them. */
  async read(): Promise<Float32Array[]> {
    const results = this.pending;
    this.pending = [];
    if (results.length === 0) return [];
    const joined = tidy(() => concat(results));
    dispose(results);
    const values = await joined.data<'float32'>();
    joined.dispose();
    let start = 0;
    return results.map(({ size }) => {
      start += size;
      return values.subarray(start - size, start);
    });
  }

  dispose(): void {
    dispose(this.pending);
    this.pending = [];
  }
}
