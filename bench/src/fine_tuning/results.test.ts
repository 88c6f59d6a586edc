import { expect, it } from 'vitest';
import { scoreOfCounts } from './bootstrap.js';
import type { Gold } from './gold.js';
import { markdown } from './report.js';
import { resultsOf, saidOfExamples, type Training } from './results.js';
import type { FineTuned } from './score.js';
import { saidBy, scoreOf } from './score.js';

const cost = { losses: [2, 1], trainSeconds: 3, seconds: 5, peakBytes: 2 ** 30 };

const classes: Gold = { kind: 'classes', labels: ['a', 'b'], right: ['a', 'b', 'b', 'b'], majority: 'b' };

it('reads classes, tags of words and answers of what a side tells', () => {
  expect(saidBy(classes, { ...cost, predictions: [0, 1, 0, 1] })).toEqual(['a', 'b', 'a', 'b']);
  const tags: Gold = {
    ...{ kind: 'tags', labels: ['O', 'B-x', 'I-x'] },
    ...{ right: [['B-x', 'I-x', 'B-x']], tokens: [[1, 3, null]] },
  };
  expect(saidBy(tags, { ...cost, predictions: [[0, 1, 0, 2, 0]] })).toEqual([['B-x', 'I-x', 'O']]);
  const answers: Gold = {
    ...{ kind: 'answers', questions: [{ id: 'q', context: 'in Paris' }], right: [['Paris']] },
    windows: [{ question: 0, places: [null, [0, 2], [3, 8]] }],
  };
  const told: FineTuned = { ...cost, startLogits: [[9, 0, 1]], endLogits: [[9, 0, 1]] };
  expect(saidBy(answers, told)).toEqual(['Paris']);
});

it('makes of counts what the metrics say', () => {
  const right = [
    ['B-x', 'I-x', 'O', 'B-y'],
    ['B-y', 'O', 'O', 'B-x'],
  ];
  const said = [
    ['B-x', 'I-x', 'O', 'B-x'],
    ['B-y', 'O', 'B-y', 'O'],
  ];
  const tags = scoreOf('tags', said, right);
  expect(tags.scores.f1).toBeCloseTo(0.5, 12);
  expect(scoreOfCounts(tags.counts.f1!)).toBeCloseTo(0.5, 12);
  const answers = scoreOf('answers', ['the red car', 'x'], [['red car'], ['x y', 'z']]);
  expect(answers.scores).toEqual({ f1: expect.closeTo((1 + 2 / 3) / 2, 12), exactMatch: 0.5 });
  expect(scoreOfCounts(answers.counts.f1!)).toBeCloseTo((1 + 2 / 3) / 2, 12);
});

it('puts parts together and takes means over seeds', () => {
  const training = (seed: number, fold: number, chui: number[], pytorch: number[]): Training => ({
    ...{ place: { seed, fold }, gold: classes },
    sides: {
      chui: { ...cost, predictions: chui },
      pytorch: { ...cost, predictions: pytorch, trainSeconds: 6 },
    },
  });
  const trainings = [
    training(1, 1, [0, 1, 1, 1], [1, 1, 1, 1]),
    training(1, 2, [0, 1, 1, 1], [1, 1, 1, 1]),
    training(2, 1, [1, 1, 1, 1], [1, 1, 1, 1]),
    training(2, 2, [1, 1, 1, 1], [1, 1, 1, 1]),
  ];
  const results = resultsOf(trainings, ['chui', 'pytorch']);
  const { chui, pytorch } = results.sides;
  expect(chui!.seeds.map(({ scores }) => scores.accuracy)).toEqual([1, 0.75]);
  expect(chui!.scores.accuracy).toBe(0.875);
  expect([chui!.trainSeconds, pytorch!.trainSeconds, chui!.seconds]).toEqual([6, 12, 10]);
  expect(results.majority!.accuracy).toBe(0.75);
  const [low, high] = results.intervals.accuracy!;
  expect(low).toBe(0);
  expect(high).toBeGreaterThan(0.125);
  const table = markdown(results, false).trimEnd().split('\n');
  expect(table[2]).toMatch(/^\| most frequent class \| 0\.7500 \|/);
  expect(table[3]).toMatch(
    /^\| chui \| 0\.8750 \| .* \| 1\.0000, 0\.7500 \| 6\.0 s \| 10\.0 s \| 1\.00 GiB \|$/,
  );
  expect(table.every((line) => line.split('|').length === table[0]!.split('|').length)).toBe(true);
  expect(saidOfExamples(trainings)[0]).toEqual({
    ...{ seed: 1, fold: 1, index: 0, right: 'a', chui: 'a', pytorch: 'b' },
  });
  expect(resultsOf(trainings.slice(0, 2), ['chui']).intervals).toEqual({});
});
