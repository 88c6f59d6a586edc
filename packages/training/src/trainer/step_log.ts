import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Batch } from '../data/batch.js';
import type { CheckedArgs } from './args.js';
import type { StepReport } from './callback.js';
import type { Progress } from './checkpoint.js';
import type { TrainerOptimizer } from './optimizer.js';
import type { ParameterNames } from './parameter_names.js';
import { StepResults } from './step_results.js';

/** What a report says beside what the steps gave. */
export interface StepContext
  extends Pick<StepReport, 'totalSteps' | 'epoch' | 'compileSeconds' | 'seconds' | 'secondsLeft' | 'memory'> {
  /** Seconds that were not spent on evaluations. */
  readonly stepSeconds: number;
}

/** Examples of a bad batch that an error lists. */
const EXAMPLES_LISTED = 8;

interface PendingStep {
  readonly step: number;
  readonly learningRate: number;
  readonly indices: Int32Array;
}

/** What the steps of a training gave, read back now and then, and checked. */
export class StepLog {
  private readonly results = new StepResults();
  private pending: PendingStep[] = [];
  private last: PendingStep | undefined;
  private unreported = { sum: 0, count: 0 };
  private examples = 0;
  private tokens = 0;
  private skippedSteps = 0;
  private meanLoss = Number.NaN;
  private gradientNorm = Number.NaN;
  private reported = { step: 0, examples: 0, tokens: 0, stepSeconds: 0, compileSeconds: 0 };

  constructor(
    private readonly optimizer: TrainerOptimizer,
    private readonly names: ParameterNames,
    private readonly nonFinite: CheckedArgs['nonFinite'],
  ) {}

  /** Takes over what a step gave: its loss, the norm of all gradients, the norms of each. */
  push(
    result: Tensor1D,
    { size, tokens, indices }: Batch,
    at: Pick<PendingStep, 'step' | 'learningRate'>,
  ): void {
    this.results.push(result);
    this.pending.push({ ...at, indices });
    this.examples += size;
    this.tokens += tokens;
  }

  /**
   * Reads what the steps gave.
   *
   * @throws Error naming step, examples and the first parameter that went bad, unless such steps are skipped.
   */
  async collect(): Promise<void> {
    const steps = this.pending;
    this.pending = [];
    const results = await this.results.read();
    for (const [index, result] of results.entries()) {
      this.last = steps[index]!;
      if (!this.isFinite(result, this.last)) {
        this.skippedSteps++;
        continue;
      }
      const [loss, norm] = result;
      this.unreported = { sum: this.unreported.sum + loss!, count: this.unreported.count + 1 };
      this.gradientNorm = norm ?? Number.NaN;
    }
  }

  /** What happened since the last report, of what was collected; undefined if nothing did. */
  report(contextOf: () => StepContext): StepReport | undefined {
    if (!this.last || this.last.step === this.reported.step) return undefined;
    const { step, learningRate } = this.last;
    const { sum, count } = this.unreported;
    if (count > 0) this.meanLoss = sum / count;
    this.unreported = { sum: 0, count: 0 };
    const { stepSeconds, ...context } = contextOf();
    const { examples, tokens, reported } = this;
    const { compileSeconds } = context;
    const seconds = stepSeconds - reported.stepSeconds;
    this.reported = { step, examples, tokens, stepSeconds, compileSeconds };
    return {
      ...context,
      step,
      loss: this.meanLoss,
      learningRate,
      gradientNorm: this.gradientNorm,
      examplesPerSecond: (examples - reported.examples) / seconds,
      tokensPerSecond: (tokens - reported.tokens) / seconds,
      compileSeconds: compileSeconds - reported.compileSeconds,
      skippedSteps: this.skippedSteps,
    };
  }

  /** For a checkpoint, after collecting. */
  totals(): Pick<Progress, 'examples' | 'tokens' | 'skippedSteps' | 'meanLoss' | 'unreported'> {
    const { examples, tokens, skippedSteps, meanLoss, unreported, last } = this;
    return {
      examples,
      tokens,
      skippedSteps,
      meanLoss: Number.isNaN(meanLoss) ? null : meanLoss,
      unreported: {
        ...unreported,
        learningRate: last?.learningRate ?? 0,
        gradientNorm: this.gradientNorm || 0,
      },
    };
  }

  /** Goes on from a checkpoint. */
  resume(progress: Progress, stepSeconds: number): void {
    const { step, examples, tokens, skippedSteps, meanLoss, unreported } = progress;
    const { learningRate, gradientNorm, sum, count } = unreported;
    Object.assign(this, { examples, tokens, skippedSteps, gradientNorm, meanLoss: meanLoss ?? Number.NaN });
    this.unreported = { sum, count };
    this.last = { step, learningRate, indices: new Int32Array() };
    this.reported = {
      ...this.reported,
      step: count > 0 ? 0 : step,
      examples,
      tokens,
      stepSeconds,
    };
  }

  dispose(): void {
    this.results.dispose();
  }

  private isFinite(result: Float32Array, { step, indices }: PendingStep): boolean {
    const [loss, norm = 0, ...norms] = result as unknown as number[];
    if (Number.isFinite(loss) && Number.isFinite(norm)) return true;
    // An optimizer that does not see to it has made such a step.
    if (this.nonFinite === 'skip' && this.optimizer.gradientNorms) return false;
    const what = Number.isFinite(loss)
      ? `gradient norm must be finite, but is ${norm}`
      : `loss must be finite, but is ${loss}`;
    const bad = norms.findIndex((value) => !Number.isFinite(value));
    const parameter = this.optimizer.parameterNames?.[bad];
    const gradient = parameter === undefined ? '' : `, first in the gradient of ${this.names.of(parameter)}`;
    const listed = [...indices.subarray(0, EXAMPLES_LISTED)].join(', ');
    const more = indices.length > EXAMPLES_LISTED ? ` and ${indices.length - EXAMPLES_LISTED} more` : '';
    throw new Error(`${what} at step ${step}${gradient}; its batch: examples ${listed}${more}`);
  }
}
