import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EvaluationReport, StepReport, TrainResult } from './callback.js';
import { JsonlLog } from './jsonl_log.js';
import { ProgressBar } from './progress_bar.js';

const step = (step: number, secondsLeft = 75, compileSeconds = 0): StepReport => ({
  step,
  totalSteps: 400,
  epoch: step / 100,
  loss: 1.5,
  learningRate: 0.001,
  tokensPerSecond: 12_345.6,
  compileSeconds,
  seconds: 25,
  secondsLeft,
});

const evaluation: EvaluationReport = {
  step: 100,
  epoch: 1,
  loss: 0.25,
  perplexity: Math.exp(0.25),
  tokens: 60,
  evaluationSeconds: 1,
  seconds: 26,
  best: true,
};

const result: TrainResult = {
  stopped: 'completed',
  steps: 400,
  epochs: 4,
  seconds: 100,
  loss: 0.1,
  tokensPerSecond: 12_000,
  best: evaluation,
  evaluations: [evaluation],
};

function output(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

describe('ProgressBar', () => {
  it('writes a line now and then without a terminal', () => {
    const { stream, text } = output(false);
    const bar = new ProgressBar({ stream, label: 'rnn', lineSteps: 100 });
    for (let at = 10; at <= 200; at += 10) bar.onStep(step(at, 75, at === 10 ? 3.14 : 0.01));
    bar.onEvaluate(evaluation);
    bar.onEnd();
    expect(text().split('\n')).toEqual([
      'rnn: step 10 of 400, loss 1.5000, 12,346 tokens/s, 3.1 s to compile, 1:15 left',
      'rnn: step 110 of 400, loss 1.5000, 12,346 tokens/s, 1:15 left',
      'rnn: step 100, dev loss 0.2500, the best so far',
      '',
    ]);
  });

  it('draws a bar on a terminal, and ends it', () => {
    const { stream, text } = output(true);
    const bar = new ProgressBar({ stream, label: 'rnn' });
    bar.onStep(step(10));
    bar.onEvaluate(evaluation);
    bar.onStep(step(110, 3725));
    bar.onStep(step(400, 0));
    bar.onEnd();
    expect(text()).toContain(
      'rnn ████████████████████ 100 %, loss 1.5000, 12,346 tokens/s, dev 0.2500, 0 s left',
    );
    expect(text().endsWith('\n')).toBe(true);
  });

  it('ends the bar when the training fails', () => {
    const { stream, text } = output(true);
    const bar = new ProgressBar({ stream });
    bar.onStep(step(100));
    bar.onError();
    expect(text()).toContain('█████░░░░░░░░░░░░░░░ 25 %, loss 1.5000, 12,346 tokens/s, 1:15 left');
    expect(text().endsWith('\n')).toBe(true);
  });
});

describe('JsonlLog', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chui-log-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('appends an object for each event', async () => {
    const log = new JsonlLog(join(directory, 'log.jsonl'));
    await log.onStep(step(10));
    await log.onEvaluate(evaluation);
    await log.onEnd(result);
    await log.onError(new Error('loss must be finite, but is NaN at step 7'));
    const lines = (await readFile(log.path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines.map(({ event }) => event)).toEqual(['step', 'evaluate', 'end', 'error']);
    expect(lines[0]).toEqual({ event: 'step', ...step(10) });
    expect(lines[1]).toEqual({ event: 'evaluate', ...evaluation });
    const { evaluations, ...summary } = result;
    expect(lines[2]).toMatchObject({ event: 'end', ...summary });
    expect(lines[2]).not.toHaveProperty('evaluations');
    expect(lines[2].peakMemory).toBeGreaterThan(1e6);
    expect(lines[3].message).toBe('loss must be finite, but is NaN at step 7');
  });
});
