import { intercept } from './intercept.js';

/**
 * Whether what runs at the moment is a training. Layers do not tell their projections; so it is taken where it is known: from
 * the model's `forward`, and from each call of one of its layers that is told, as when `recompute` runs a block again.
 */
export class TrainingMode {
  isTraining = false;
  private readonly ends: readonly (() => void)[];

  constructor(model: object, layers: readonly object[]) {
    this.ends = [
      intercept(model, 'forward', this.around),
      ...layers.map((layer) => intercept(layer, 'call', this.around)),
    ];
  }

  private readonly around = <T>(run: () => T, _inputs: unknown, options?: { training?: boolean }): T => {
    const before = this.isTraining;
    this.isTraining = options?.training ?? before;
    try {
      return run();
    } finally {
      this.isTraining = before;
    }
  };

  /** Leaves the model. */
  end(): void {
    for (const end of this.ends) end();
  }
}
