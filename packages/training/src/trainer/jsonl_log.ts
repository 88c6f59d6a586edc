import { appendFile } from 'node:fs/promises';
import type { EvaluationReport, StepReport, TrainerCallback, TrainResult } from './callback.js';

/**
 * Appends what happens to a file, a JSON object on each line: what the callbacks get, with `event` being `step`,
 * `evaluate`, `end` or `error`. The end lists no evaluations again, and has `peakMemory`, the most memory that the process
 * had so far, in bytes.
 */
export class JsonlLog implements TrainerCallback {
  constructor(readonly path: string) {}

  onStep(report: StepReport): Promise<void> {
    return this.write('step', report);
  }

  onEvaluate(report: EvaluationReport): Promise<void> {
    return this.write('evaluate', report);
  }

  onEnd({ evaluations, ...result }: TrainResult): Promise<void> {
    return this.write('end', { ...result, peakMemory: 1024 * process.resourceUsage().maxRSS });
  }

  onError(error: unknown): Promise<void> {
    return this.write('error', { message: error instanceof Error ? error.message : String(error) });
  }

  private write(event: string, values: object): Promise<void> {
    return appendFile(this.path, `${JSON.stringify({ event, ...values })}\n`);
  }
}
