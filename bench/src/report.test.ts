import { expect, test } from 'vitest';
import type { Measured } from './bench.js';
import { report } from './report.js';

const chui: Measured = {
  role: 'chui',
  name: 'chui on TensorFlow 2.21.0',
  firstCallMs: 2345,
  loss: 0.7123,
  parameters: 22_565_378,
  rounds: [
    [100, 120],
    [110, 110],
  ],
  peakBytes: 1.5e9,
};
const pytorch: Measured = {
  ...chui,
  role: 'peer',
  name: 'PyTorch 2.15.0',
  rounds: [
    [110, 132],
    [220, 220],
  ],
  peakBytes: 1e9,
};
const floor: Measured = {
  role: 'floor',
  name: 'matrix products alone',
  firstCallMs: 150,
  rounds: [
    [55, 55],
    [55, 55],
  ],
  peakBytes: 5e8,
};

test('a report has a line for each contender, what chui is to each, and who was not there', () => {
  const missing = ['transformers.js is not installed: npm install'];
  const lines = report({ measured: [chui, pytorch, floor], missing, failed: [] });
  const cells = lines.slice(0, 4).map((line) => line.trim().split(/ {2,}/));
  expect(cells).toEqual([
    ['median', 'middle half', 'first call', 'peak memory', 'first loss', 'parameters'],
    ['chui on TensorFlow 2.21.0', '110 ms', '108 ms – 113 ms', '2.35 s', '1.50 GB', '0.712', '22,565,378'],
    ['PyTorch 2.15.0', '176 ms', '127 ms – 220 ms', '2.35 s', '1.00 GB', '0.712', '22,565,378'],
    ['matrix products alone', '55.0 ms', '55.0 ms – 55.0 ms', '0.15 s', '0.50 GB'],
  ]);
  expect(lines.slice(4)).toEqual([
    '',
    'chui is 1.60 × as fast as PyTorch 2.15.0 (by round 1.55, 1.10 – 2.00) with 1.50 × its memory',
    "matrix products alone take 50 % of chui's time",
    ...missing,
  ]);
});

test('of what a step has at its core it says how much longer the step takes', () => {
  const core: Measured = {
    ...floor,
    role: 'core',
    name: 'updates alone',
    rounds: [
      [100, 100],
      [100, 100],
    ],
  };
  const lines = report({ measured: [{ ...chui, examples: 22 }, core], missing: [], failed: [] });
  expect(lines[0]).toContain('examples a second');
  expect(lines[1]).toContain('   200.0   ');
  expect(lines.at(-1)).toBe('chui takes 10.0 % longer than updates alone (by round 10.0 %, 10.0 % – 10.0 %)');
});

test('without chui nothing is compared', () => {
  const lines = report({ measured: [pytorch, floor], missing: [], failed: ['chui failed: no backend'] });
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toBe('chui failed: no backend');
});
