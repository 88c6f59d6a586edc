import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { saveFiles } from '@chui/hub';
import { from0 } from '../checks.js';
import { TrainingHistory } from '../report/training_history.js';
import { historyIn, trainingPage } from '../report/training_page.js';
import type {
  EvaluationReport,
  RunStart,
  StepReport,
  TrainerCallback,
  TrainResult,
} from '../trainer/callback.js';

export interface HtmlReportOptions {
  /** At the top of the page, `Training` by default. */
  readonly title?: string | undefined;
  /** At least so much time is between two writings, and the page reloads itself so often; 15 by default. */
  readonly everySeconds?: number | undefined;
}

/**
 * Shows a training as a web page: curves of losses, metrics, learning rate, gradient norm, speed and memory, the
 * evaluations, the arguments, and how it ended. The file needs nothing else, is written anew while the training runs, never
 * half, and holds the curves as JSON: a training that goes on takes from it what was up to the step where it goes on.
 *
 * Where many steps were reported, a curve keeps the mean, the lowest and the highest of each stretch.
 *
 * @throws RangeError if everySeconds is negative; Error that names the file if it cannot be written
 */
export class HtmlReport implements TrainerCallback {
  private readonly title: string;
  private readonly everySeconds: number;
  private history = new TrainingHistory();
  private nextWriting = 0;

  constructor(
    readonly path: string,
    { title = 'Training', everySeconds = 15 }: HtmlReportOptions = {},
  ) {
    this.title = title;
    this.everySeconds = from0('everySeconds', everySeconds);
  }

  async onStart(start: RunStart): Promise<void> {
    this.history = start.resumedStep > 0 ? await this.earlier(start.resumedStep) : new TrainingHistory();
    this.history.start = start;
    await this.write();
  }

  async onStep(report: StepReport): Promise<void> {
    this.history.addStep(report);
    if (Date.now() >= this.nextWriting) await this.write();
  }

  async onEvaluate(report: EvaluationReport): Promise<void> {
    this.history.addEvaluation(report);
    if (Date.now() >= this.nextWriting) await this.write();
  }

  async onEnd(result: TrainResult): Promise<void> {
    this.history.end(result);
    await this.write();
  }

  async onError(error: unknown): Promise<void> {
    this.history.ending = { error: error instanceof Error ? error.message : String(error) };
    await this.write();
  }

  /** Empty where there is no page, or another one. */
  private async earlier(step: number): Promise<TrainingHistory> {
    const page = await readFile(this.path, 'utf8').catch(() => '');
    const json = historyIn(page);
    return json ? TrainingHistory.until(step, json) : new TrainingHistory();
  }

  private async write(): Promise<void> {
    const refreshSeconds = Math.max(1, Math.ceil(this.everySeconds));
    const page = trainingPage(this.history, { title: this.title, refreshSeconds, now: new Date() });
    await saveFiles(dirname(this.path), { [basename(this.path)]: page });
    this.nextWriting = Date.now() + 1000 * this.everySeconds;
  }
}
