import { dispose, type Scalar, stack, tidy } from '@tensorflow/tfjs-core';

/** Losses that stay on the backend until they are read together, so that a step waits for nothing. */
export class Losses {
  private pending: Scalar[] = [];

  /** Takes a loss over. */
  push(loss: Scalar): void {
    this.pending.push(loss);
  }

  get length(): number {
    return this.pending.length;
  }

  /** Reads the losses since the last reading, and frees them. */
  async read(): Promise<Float32Array> {
    const losses = this.pending;
    this.pending = [];
    if (losses.length === 0) return new Float32Array();
    const stacked = tidy(() => stack(losses)); // (number of losses)
    dispose(losses);
    const values = await stacked.data<'float32'>();
    stacked.dispose();
    return values;
  }

  dispose(): void {
    dispose(this.pending);
    this.pending = [];
  }
}
