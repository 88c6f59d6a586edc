import { describe, expect, it } from 'vitest';
import { lengthRows, lengthScores, type ModelResult } from './results.js';

function result(name: string, more: Partial<ModelResult>): ModelResult {
  const costs = { parameters: 1, seconds: 1, steps: 1, peakMemory: 1, exactMatch: 0, curve: [] };
  return { name, backend: 'native', sourceTokens: 'word', targetTokens: 'word', ...costs, ...more };
}

const groups = (scale: number) => [
  { from: 3, to: 6, count: 1200, exactMatch: 0, bleuTokens: scale, bleuCharacters: 2 * scale },
  { from: 7, to: 7, count: 90, exactMatch: 0, bleuTokens: scale / 3, bleuCharacters: 0 },
];

describe('scores by length', () => {
  it('are a row a group and a column a model, BLEU over words', () => {
    const scores = lengthScores([
      result('A', { byLength: groups(30) }),
      result('B', { byLength: groups(10) }),
    ])!;
    expect(scores.title).toBe('BLEU, by length of the source');
    expect(lengthRows(scores)).toEqual([
      ['source words', 'texts', 'A', 'B'],
      ['3–6', '1,200', '30.00', '10.00'],
      ['7', '90', '10.00', '3.33'],
    ]);
  });

  it('are BLEU over characters where the targets are cut into characters', () => {
    const scores = lengthScores([result('A', { byLength: groups(30), targetTokens: 'character' })])!;
    expect(scores.title).toBe('BLEU by character, by length of the source');
    expect(scores.models).toEqual([{ name: 'A', scores: [60, 0] }]);
  });

  it('are none where no BLEU was computed, and where nothing was trained', () => {
    expect(lengthScores([result('A', {})])).toBeUndefined();
    expect(lengthScores([])).toBeUndefined();
  });
});
