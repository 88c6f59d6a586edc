import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { evaluationReport, stepReport } from '../../../../test/support/training_reports.js';
import { ProgressBar } from './progress_bar.js';

function output(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 160 });
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

describe('ProgressBar', () => {
  it('writes a line now and then without a terminal', () => {
    const { stream, text } = output(false);
    const bar = new ProgressBar({ stream, label: 'rnn', lineSteps: 100 });
    for (let at = 10; at <= 200; at += 10) {
      bar.onStep(stepReport(at, { compileSeconds: at === 10 ? 3.14 : 0.01 }));
    }
    bar.onEvaluate(evaluationReport());
    bar.onStep(stepReport(300, { tokensPerSecond: 0, skippedSteps: 2, totalSteps: undefined }));
    bar.onEnd();
    expect(text().split('\n')).toEqual([
      'rnn: step 10 of 400, loss 1.5000, rate 0.001, 12,346 tokens/s, 1.3 GiB, 3.1 s to compile, 1:15 left',
      'rnn: step 110 of 400, loss 1.5000, rate 0.001, 12,346 tokens/s, 1.3 GiB, 1:15 left',
      'rnn: step 100, dev loss 0.2500, accuracy 0.8750, the best so far',
      'rnn: step 300, loss 1.5000, rate 0.001, 321 examples/s, 1.3 GiB, 2 skipped, 1:15 left',
      '',
    ]);
  });

  it('shows samples set in', () => {
    const { stream, text } = output(false);
    const bar = new ProgressBar({ stream, label: 'gpt' });
    bar.onEvaluate(evaluationReport(100, { samples: ['To be\nor', 'not'] }));
    expect(text().split('\n').slice(1)).toEqual([
      ...['gpt: samples at step 100', '  | To be', '  | or', '', '  | not', ''],
    ]);
    const terminal = output(true);
    new ProgressBar({ stream: terminal.stream }).onEvaluate(evaluationReport(100, { samples: ['not'] }));
    expect(terminal.text()).toBe('\r\x1b[Ksamples at step 100\n  | not\n');
  });

  it('draws a bar on a terminal, and ends it', () => {
    const { stream, text } = output(true);
    const bar = new ProgressBar({ stream, label: 'rnn' });
    bar.onStep(stepReport(10));
    bar.onEvaluate(evaluationReport());
    bar.onStep(stepReport(110, { secondsLeft: 3725 }));
    bar.onStep(stepReport(400, { secondsLeft: 0 }));
    bar.onEnd();
    expect(text()).toContain(
      'rnn ████████████████████ 100 %, loss 1.5000, rate 0.001, 12,346 tokens/s, 1.3 GiB, dev 0.2500, accuracy 0.8750, 0 s left',
    );
    expect(text().endsWith('\n')).toBe(true);
  });

  it('ends the bar when the training fails', () => {
    const { stream, text } = output(true);
    const bar = new ProgressBar({ stream });
    bar.onStep(stepReport(100));
    bar.onError();
    expect(text()).toContain(
      '█████░░░░░░░░░░░░░░░ 25 %, loss 1.5000, rate 0.001, 12,346 tokens/s, 1.3 GiB, 1:15 left',
    );
    expect(text().endsWith('\n')).toBe(true);
  });
});
