import { SingleBar } from 'cli-progress';
import { positiveInteger } from '../checks.js';
import type { EvaluationReport, StepReport, TrainerCallback } from './callback.js';

export interface ProgressBarOptions {
  /** Stands before the bar or in front of each line: what is trained. */
  readonly label?: string | undefined;
  /** Where to draw, standard error by default. */
  readonly stream?: NodeJS.WriteStream | undefined;
  /** Without a terminal: about how many steps lie between lines, 100 by default. */
  readonly lineSteps?: number | undefined;
}

/**
 * Shows a training: on a terminal as a bar with loss, tokens per second and time left; elsewhere as a line every
 * `lineSteps` steps and at each evaluation.
 */
export class ProgressBar implements TrainerCallback {
  private readonly label: string;
  private readonly stream: NodeJS.WriteStream;
  private readonly lineSteps: number;
  private bar: SingleBar | undefined;
  private nextLine = 0;
  private devLoss = '';

  constructor({ label = '', stream = process.stderr, lineSteps = 100 }: ProgressBarOptions = {}) {
    this.label = label;
    this.stream = stream;
    this.lineSteps = positiveInteger('lineSteps', lineSteps);
  }

  onStep(report: StepReport): void {
    const { step, seconds, secondsLeft } = report;
    if (this.stream.isTTY) {
      this.bar ??= this.start();
      const values = { values: `${describe(report)}${this.devLoss}`, left: duration(secondsLeft) };
      this.bar.update((100 * seconds) / (seconds + secondsLeft), values);
    } else if (step >= this.nextLine) {
      this.nextLine = step + this.lineSteps;
      this.line(`step ${step}${of(report)}, ${describe(report)}, ${duration(secondsLeft)} left`);
    }
  }

  onEvaluate({ step, loss, best }: EvaluationReport): void {
    this.devLoss = `, dev ${loss.toFixed(4)}`;
    if (!this.stream.isTTY)
      this.line(`step ${step}, dev loss ${loss.toFixed(4)}${best ? ', the best so far' : ''}`);
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
    this.devLoss = '';
  }

  private line(text: string): void {
    this.stream.write(`${this.label ? `${this.label}: ` : ''}${text}\n`);
  }
}

function of({ totalSteps }: StepReport): string {
  return totalSteps === undefined ? '' : ` of ${totalSteps}`;
}

/** With what compiling took, if that is worth a word. */
function describe({ loss, tokensPerSecond, compileSeconds }: StepReport): string {
  const compiled = compileSeconds >= 0.05 ? `, ${compileSeconds.toFixed(1)} s to compile` : '';
  return `loss ${loss.toFixed(4)}, ${Math.round(tokensPerSecond).toLocaleString('en')} tokens/s${compiled}`;
}

/** Seconds as `5 s`, `1:05` or `1:01:05`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index === 0 ? `${part}` : String(part).padStart(2, '0'))).join(':');
}
