// Reports of a training as callbacks get them, by relative paths: what the callbacks need of the trainer is types only.
import type {
  EvaluationReport,
  RunStart,
  StepReport,
  TrainResult,
} from '../../packages/training/src/trainer/callback.js';

export const runStart = (changes: Partial<RunStart> = {}): RunStart => ({
  args: { epochs: 4, batchSize: 16, schedule: 'cosine', note: '</script><b>', learningRate: 0.001 },
  parameters: 1_234_567,
  trainableParameters: 1000,
  totalSteps: 400,
  backend: 'wasm',
  resumedStep: 0,
  ...changes,
});

export const stepReport = (step: number, changes: Partial<StepReport> = {}): StepReport => ({
  step,
  totalSteps: 400,
  epoch: step / 100,
  loss: 1.5,
  learningRate: 0.001,
  gradientNorm: 0.75,
  examplesPerSecond: 321,
  tokensPerSecond: 12_345.6,
  memory: 1.25 * 2 ** 30,
  skippedSteps: 0,
  compileSeconds: 0,
  seconds: 25,
  secondsLeft: 75,
  ...changes,
});

export const evaluationReport = (step = 100, changes: Partial<EvaluationReport> = {}): EvaluationReport => ({
  step,
  epoch: step / 100,
  loss: 0.25,
  metrics: { perplexity: Math.exp(0.25), accuracy: 0.875 },
  items: 60,
  evaluationSeconds: 1,
  seconds: 26,
  best: true,
  ...changes,
});

export const trainResult = (changes: Partial<TrainResult> = {}): TrainResult => ({
  stopped: 'completed',
  steps: 400,
  epochs: 4,
  seconds: 100,
  loss: 0.1,
  tokensPerSecond: 12_000,
  skippedSteps: 0,
  best: evaluationReport(),
  evaluations: [evaluationReport()],
  ...changes,
});
