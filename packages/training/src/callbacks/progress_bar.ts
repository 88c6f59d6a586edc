import { SingleBar } from 'cli-progress';
import { positiveInteger } from '../checks.js';
import { numberText } from '../report/number_text.js';
import { duration, gibibytes, speed } from '../report/units.js';
import type { EvaluationReport, StepReport, TrainerCallback } from '../trainer/callback.js';

export interface ProgressBarOptions {
  /** Stands before the bar or in front of each line: what is trained. */
  readonly label?: string | undefined;
  /** Where to draw, standard error by default. */
  readonly stream?: NodeJS.WriteStream | undefined;
  /** Without a terminal: about how many steps lie between lines, 100 by default. */
  readonly lineSteps?: number | undefined;
}

/**
 * Shows a training: on a terminal as a bar with loss, learning rate, speed, memory, the last evaluation's loss and first metric, and
 * the time left; elsewhere as a line every `lineSteps` steps and at each evaluation, which has all metrics but perplexity. Samples
 * of an evaluation stand above the bar, or below its line.
 */
export class ProgressBar implements TrainerCallback {
  private readonly label: string;
  private readonly stream: NodeJS.WriteStream;
  private readonly lineSteps: number;
  private bar: SingleBar | undefined;
  private nextLine = 0;
  private evaluated = '';

  constructor({ label = '', stream = process.stderr, lineSteps = 100 }: ProgressBarOptions = {}) {
    this.label = label;
    this.stream = stream;
    this.lineSteps = positiveInteger('lineSteps', lineSteps);
  }

  onStep(report: StepReport): void {
    const { step, seconds, secondsLeft } = report;
    if (this.stream.isTTY) {
      this.bar ??= this.start();
      const values = { values: `${describe(report)}${this.evaluated}`, left: duration(secondsLeft) };
      this.bar.update((100 * seconds) / (seconds + secondsLeft), values);
    } else if (step >= this.nextLine) {
      this.nextLine = step + this.lineSteps;
      this.line(`step ${step}${of(report)}, ${describe(report)}, ${duration(secondsLeft)} left`);
    }
  }

  onEvaluate(report: EvaluationReport): void {
    const { step, loss, best, samples = [] } = report;
    const metrics = metricTexts(report);
    this.evaluated = [`, dev ${loss.toFixed(4)}`, ...metrics.slice(0, 1)].join(', ');
    if (this.stream.isTTY) {
      // The bar is drawn anew on the line below.
      if (samples.length > 0) this.stream.write(`\r\x1b[K${samplesAt(report)}`);
      return;
    }
    const parts = [`dev loss ${loss.toFixed(4)}`, ...metrics, ...(best ? ['the best so far'] : [])];
    this.line(`step ${step}, ${parts.join(', ')}`);
    if (samples.length > 0) this.line(samplesAt(report).trimEnd());
  }

  onEnd(): void {
    this.stop();
  }

  onError(): void {
    this.stop();
  }

  private start(): SingleBar {
    const format = [this.label, '{bar} {percentage} %, {values}, {left} left'].filter(Boolean).join(' ');
    const bar = new SingleBar({
      format,
      stream: this.stream,
      barsize: 20,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    bar.start(100, 0, { values: '', left: '' });
    return bar;
  }

  private stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.nextLine = 0;
    this.evaluated = '';
  }

  private line(text: string): void {
    this.stream.write(`${this.label ? `${this.label}: ` : ''}${text}\n`);
  }
}

function of({ totalSteps }: StepReport): string {
  return totalSteps === undefined ? '' : ` of ${totalSteps}`;
}

/** With what was skipped or compiled, where that is worth a word. */
function describe(report: StepReport): string {
  const { loss, learningRate, memory, skippedSteps, compileSeconds } = report;
  return [
    `loss ${loss.toFixed(4)}`,
    `rate ${numberText(learningRate, 3)}`,
    speed(report),
    gibibytes(memory),
    ...(skippedSteps > 0 ? [`${skippedSteps.toLocaleString('en')} skipped`] : []),
    ...(compileSeconds >= 0.05 ? [`${compileSeconds.toFixed(1)} s to compile`] : []),
  ].join(', ');
}

/** Each line of them set in, so that it is told from the lines around. */
function samplesAt({ step, samples = [] }: EvaluationReport): string {
  const texts = samples.map((text) => text.replace(/^/gm, '  | '));
  return `samples at step ${step}\n${texts.join('\n\n')}\n`;
}

/** All but the perplexity, which follows from the loss. */
function metricTexts({ metrics }: EvaluationReport): string[] {
  return Object.entries(metrics)
    .filter(([name]) => name !== 'perplexity')
    .map(([name, value]) => `${name} ${value.toFixed(4)}`);
}
