import { appendFile, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '@chui/hub';
import type {
  EvaluationReport,
  RunStart,
  StepReport,
  TrainerCallback,
  TrainResult,
} from '../trainer/callback.js';

/**
 * Appends what happens to a file, a JSON object on each line: what the callbacks get, with `event` being `start`, `step`,
 * `evaluate`, `end` or `error`; numbers that are not finite are null. The end lists no evaluations again, and has
 * `peakMemory`, the most memory that the process had so far, in bytes.
 *
 * A training that goes on adds to the file: after a `start` whose `resumedStep` is n, events of steps above n come again. A
 * line that a killed process left half written stays as it is, and the next one begins below it.
 *
 * @throws Error if the file cannot be written
 */
export class JsonlLog implements TrainerCallback {
  constructor(readonly path: string) {}

  async onStart(start: RunStart): Promise<void> {
    await makeFolder(dirname(this.path));
    if (await this.isCutOff()) await appendFile(this.path, '\n');
    await this.write('start', start);
  }

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

  private async isCutOff(): Promise<boolean> {
    const written = await readFile(this.path).catch(() => new Uint8Array());
    return written.length > 0 && written.at(-1) !== 10;
  }
}
