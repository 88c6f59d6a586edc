import { expect, test } from 'vitest';
import { markdown, type Outcome, picture } from './report.js';
import { updateSeconds } from './update_seconds.js';

const run = (rate: number, evalPerplexity: number) => ({
  ...{ rate, evalPerplexity, testPerplexity: evalPerplexity - 5, parameters: 5_270_000, steps: 1200 },
  ...{ trainSeconds: 61.2, peakBytes: 2 ** 30 },
  curve: [
    [10, 900],
    [60, evalPerplexity],
  ] as const,
});

test('a table has the rates that were tried, and what the best one reached', () => {
  const outcomes: Outcome[] = [
    { name: 'GPT-2', tried: [run(0.001, 400), run(0.002, 380)], final: run(0.002, 210) },
  ];
  expect(markdown(outcomes).split('\n')[2]).toBe(
    '| GPT-2 | 5.27 M | 0.001: 400, 0.002: 380 | 0.002 | 1,200 | 61 s | 1.00 GiB | 210.0 | 205.0 |',
  );
  expect(picture(outcomes)).toMatch(/^<svg[\s\S]*GPT-2/);
});

test('an update takes what passes between two, unless there was something else in between', () => {
  const events = [
    { event: 'start' },
    { event: 'step', step: 1, seconds: 5 },
    { event: 'step', step: 11, seconds: 6 },
    { event: 'evaluate', step: 11, seconds: 30 },
    { event: 'step', step: 21, seconds: 31 },
    { event: 'step', step: 31, seconds: 33 },
  ];
  expect(updateSeconds(events)).toBeCloseTo(0.15, 10);
  expect(updateSeconds(events, 20)).toBeCloseTo(0.2, 10);
  expect(() => updateSeconds(events, 31)).toThrow('two updates in a row from update 31 on');
});
