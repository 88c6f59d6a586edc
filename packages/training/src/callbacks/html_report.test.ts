import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  evaluationReport,
  runStart,
  stepReport,
  trainResult,
} from '../../../../test/support/training_reports.js';
import { historyIn } from '../report/training_page.js';
import { HtmlReport } from './html_report.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-report-'));
  path = join(directory, 'report.html');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

const page = () => readFile(path, 'utf8');
const lossSteps = async () =>
  JSON.parse(historyIn(await page())!).curves.loss.map(([step]: [number]) => step);

describe('HtmlReport', () => {
  it('shows a training while it runs and when it has ended', async () => {
    const report = new HtmlReport(path, { title: 'dates & <rnn>', everySeconds: 0 });
    await report.onStart(runStart());
    expect(await page()).toContain('<b>Running</b>');
    await report.onStep(stepReport(10));
    await report.onEvaluate(evaluationReport(10));
    const running = await page();
    expect(running).toContain('http-equiv="refresh"');
    for (const text of ['dates &amp; &lt;rnn&gt;', '1:15 left', '12,346 tokens/s', 'cosine']) {
      expect(running).toContain(text);
    }
    for (const name of [
      'Loss',
      'accuracy',
      'Learning rate',
      'Gradient norm',
      'Tokens per second',
      'Memory in GiB',
    ]) {
      expect(running).toContain(`<figcaption>${name}</figcaption>`);
    }
    await report.onEnd(trainResult());
    const ended = await page();
    expect(ended).toContain('<b class="completed">Completed</b>');
    expect(ended).not.toContain('http-equiv="refresh"');
    expect(ended.match(/<\/script>/g)?.length).toBe(1);
    expect(ended).not.toMatch(/\b(src|href)=/);
    expect(await readdir(directory)).toEqual(['report.html']);
  });

  it('shows samples of the last evaluations', async () => {
    const report = new HtmlReport(path, { everySeconds: 0 });
    await report.onStart(runStart());
    expect(await page()).not.toContain('Samples');
    for (let step = 10; step <= 80; step += 10) {
      await report.onEvaluate(evaluationReport(step, { samples: [`a < ${step}\n  b`, 'c'] }));
    }
    const shown = [...(await page()).matchAll(/<pre>([^<]*)<\/pre>/g)].map(([, text]) => text);
    expect(shown).toHaveLength(12);
    expect(shown.slice(0, 3)).toEqual(['a &lt; 80\n  b', 'c', 'a &lt; 70\n  b']);
  });

  it('shows the error of a training that failed', async () => {
    const report = new HtmlReport(path);
    await report.onStart(runStart());
    await report.onError(new Error('loss must be finite, but is NaN at step <7>'));
    expect(await page()).toContain('<pre>loss must be finite, but is NaN at step &lt;7&gt;</pre>');
  });

  it('is written now and then only', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1e12 });
    const report = new HtmlReport(path, { everySeconds: 10 });
    await report.onStart(runStart());
    await report.onStep(stepReport(10));
    expect(await lossSteps()).toEqual([]);
    vi.setSystemTime(1e12 + 10_000);
    await report.onStep(stepReport(20));
    expect(await lossSteps()).toEqual([10, 20]);
  });

  it('keeps what was before a resumption, up to the step where the training goes on', async () => {
    const report = new HtmlReport(path);
    await report.onStart(runStart());
    for (const step of [10, 20, 30]) await report.onStep(stepReport(step));
    await report.onEvaluate(evaluationReport(20));
    await report.onEvaluate(evaluationReport(30));
    await report.onError(new Error('killed'));
    const again = new HtmlReport(path, { everySeconds: 0 });
    await again.onStart(runStart({ resumedStep: 20 }));
    await again.onStep(stepReport(25));
    expect(await lossSteps()).toEqual([10, 20, 25]);
    const { evaluations, ending } = JSON.parse(historyIn(await page())!);
    expect(evaluations).toEqual([evaluationReport(20)]);
    expect(ending).toBeUndefined();
    expect(await page()).toContain('went on at step 20');
    const anew = new HtmlReport(path);
    await anew.onStart(runStart());
    expect(await lossSteps()).toEqual([]);
  });

  it('begins anew where there is no page of its own to go on from', async () => {
    await writeFile(path, '<p>another page</p>');
    const report = new HtmlReport(path, { everySeconds: 0 });
    await report.onStart(runStart({ resumedStep: 20 }));
    await report.onStep(stepReport(25));
    expect(await lossSteps()).toEqual([25]);
  });

  it('stays small over many steps, without what is not finite', async () => {
    const report = new HtmlReport(path);
    await report.onStart(runStart());
    for (let step = 1; step <= 10_000; step++) {
      const peak = step === 4321;
      await report.onStep(
        stepReport(step, { loss: peak ? 99 : Math.exp(-step / 2000), gradientNorm: Number.NaN }),
      );
    }
    await report.onEnd(trainResult({ loss: Number.NaN, best: undefined, evaluations: [] }));
    const html = await page();
    expect(html.length).toBeLessThan(1_000_000);
    for (const [svg] of html.matchAll(/<svg.*?<\/svg>/gs)) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(html).not.toContain('Gradient norm');
    const { loss } = JSON.parse(historyIn(html)!).curves;
    expect(loss[0][0]).toBe(1);
    expect(loss.at(-1)[0]).toBe(10_000);
    expect(Math.max(...loss.map(([, y, , high = y]: number[]) => high))).toBe(99);
  });

  it('names a wrong argument', () => {
    expect(() => new HtmlReport(path, { everySeconds: -1 })).toThrow(
      'everySeconds must be at least 0, but is -1',
    );
  });
});
