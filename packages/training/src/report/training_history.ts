import type { EvaluationReport, RunStart, StepReport, TrainResult } from '../trainer/callback.js';
import { type Point, thin } from './thin.js';

/** What is kept of each report of steps, a curve each. */
const CURVES = [
  'loss',
  'learningRate',
  'gradientNorm',
  'examplesPerSecond',
  'tokensPerSecond',
  'memory',
] as const;
type Curve = (typeof CURVES)[number];
/** A curve of more points is thinned to half of them, see `thin`. */
const LIMIT = 1000;

/** How a training ended, or undefined while it runs. */
export type Ending = { readonly error: string } | Omit<TrainResult, 'evaluations' | 'best'> | undefined;

/** What happened in a training so far, in bounded memory; plain data but for its methods. */
export class TrainingHistory {
  start: RunStart | undefined;
  /** By step; without what is not finite. */
  readonly curves = Object.fromEntries(CURVES.map((name) => [name, []])) as unknown as Record<Curve, Point[]>;
  evaluations: readonly EvaluationReport[] = [];
  last: StepReport | undefined;
  ending: Ending;

  /** What `JSON.stringify` made of a history, as far as it came before a step. */
  static until(step: number, json: string): TrainingHistory {
    const saved = JSON.parse(json) as TrainingHistory;
    const history = new TrainingHistory();
    for (const name of CURVES) history.curves[name] = saved.curves[name].filter(([at]) => at <= step);
    history.evaluations = saved.evaluations.filter((evaluation) => evaluation.step <= step);
    return history;
  }

  addStep(report: StepReport): void {
    this.last = report;
    for (const name of CURVES) {
      const value = report[name];
      if (!Number.isFinite(value)) continue;
      const points = this.curves[name];
      points.push([report.step, Number(value.toPrecision(6))]);
      if (points.length > LIMIT) this.curves[name] = thin(points, LIMIT / 2);
    }
  }

  addEvaluation(report: EvaluationReport): void {
    this.evaluations = [...this.evaluations, report];
  }

  end({ evaluations, best: _, ...result }: TrainResult): void {
    this.evaluations = evaluations;
    this.ending = result;
  }

  get best(): EvaluationReport | undefined {
    return this.evaluations.findLast(({ best }) => best);
  }
}
