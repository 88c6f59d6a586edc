import type { StepReport, TrainerCallback } from '@chui/training';

/** Has a training wait after every so many updates until it is told to go on. */
export class Pace implements TrainerCallback {
  private losses: number[] = [];
  private release = () => {};
  private tell = (_loss: number) => {};

  /** @param updates a multiple of the training's logSteps */
  constructor(private readonly updates: number) {}

  /** Lets the training begin, or go on, and gives the mean loss of the next updates when they are done. */
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.tell = resolve;
      this.release();
    });
  }

  async onStep({ step, loss }: StepReport): Promise<void> {
    this.losses.push(loss);
    if (step % this.updates !== 0) return;
    const released = new Promise<void>((resolve) => {
      this.release = resolve;
    });
    this.tell(this.losses.reduce((sum, each) => sum + each, 0) / this.losses.length);
    this.losses = [];
    await released;
  }
}
