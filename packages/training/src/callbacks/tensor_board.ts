import type { EvaluationReport, RunStart, StepReport, TrainerCallback } from '../trainer/callback.js';
import { EventFile } from './event_file.js';

/**
 * Writes a training for TensorBoard: `tensorboard --logdir DIRECTORY` shows it while it runs. Scalars by step are
 * train/loss, train/learning_rate, train/gradient_norm, train/examples_per_second, train/tokens_per_second,
 * train/memory_gib, train/epoch, eval/loss and eval/METRIC; the text `run` has the arguments. What is not known is left
 * out. Each start of a training makes a file of its own in the directory; one that goes on also tells TensorBoard to drop
 * what came after the step where it goes on.
 *
 * The format is written here, since the writer of @tensorflow/tfjs-node refuses every backend but its own and holds events
 * back for two minutes, which a killed process loses.
 *
 * @throws Error if the directory or a file cannot be written
 */
export class TensorBoard implements TrainerCallback {
  private file: EventFile | undefined;

  constructor(readonly directory: string) {}

  async onStart(start: RunStart): Promise<void> {
    this.file = await EventFile.create(this.directory);
    const { resumedStep } = start;
    if (resumedStep > 0) await this.file.add(resumedStep + 1, 'restart');
    const json = JSON.stringify(start, undefined, 2);
    // The text is Markdown, which shows indented lines as they are.
    await this.file.add(resumedStep, { tag: 'run', text: json.replace(/^/gm, '    ') });
  }

  onStep(report: StepReport): Promise<void> {
    return this.write('train', report.step, {
      loss: report.loss,
      learning_rate: report.learningRate,
      ...(Number.isNaN(report.gradientNorm) ? {} : { gradient_norm: report.gradientNorm }),
      examples_per_second: report.examplesPerSecond,
      ...(report.tokensPerSecond > 0 ? { tokens_per_second: report.tokensPerSecond } : {}),
      memory_gib: report.memory / 2 ** 30,
      epoch: report.epoch,
    });
  }

  onEvaluate({ step, loss, metrics }: EvaluationReport): Promise<void> {
    return this.write('eval', step, { loss, ...metrics });
  }

  private async write(group: string, step: number, values: Record<string, number>): Promise<void> {
    this.file ??= await EventFile.create(this.directory);
    const scalars = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]),
    );
    await this.file.add(step, { scalars });
  }
}
