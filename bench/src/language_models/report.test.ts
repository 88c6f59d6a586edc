import { expect, it } from 'vitest';
import { lineOf, markdown } from './report.js';

const outcome = (evalLoss: number, trainSeconds: number) => ({
  ...{ losses: [2, 1], evalLoss, trainSeconds, evalSeconds: 1, seconds: 9, parameters: 5 },
  peakBytes: 2 ** 30,
});

it('has losses of each seed, and what they cost in the mean', () => {
  const outcomes = [
    { seed: 1, sides: { chui: outcome(1.5, 10), pytorch: outcome(1.6, 20) } },
    { seed: 2, sides: { chui: outcome(1.7, 14), pytorch: outcome(1.6, 22) } },
  ];
  expect(lineOf(outcomes[0]!)).toBe('seed 1: chui 1.5000 in 10.0 s; PyTorch 1.6000 in 20.0 s');
  expect(markdown(outcomes).split('\n').slice(2)).toEqual([
    '| chui | 1.6000 | 1.5000, 1.7000 | 12.0 s | 1.0 s | 9.0 s | 1.00 GiB |',
    '| PyTorch | 1.6000 | 1.6000, 1.6000 | 21.0 s | 1.0 s | 9.0 s | 1.00 GiB |',
    '',
  ]);
});
