import { expect, test } from 'vitest';
import type { Measured } from './bench.js';
import { checksum } from './checksum.js';
import { decodingReport } from './decoding.js';
import { positionsReport } from './decoding_positions.js';

const chui: Measured = {
  role: 'chui',
  name: 'chui on TensorFlow 2.21.0',
  firstCallMs: 5000,
  loss: checksum([[1, 2, 3]]),
  newTokens: 128,
  rounds: [[3200], [3840]],
  peakBytes: 1e9,
};
const peer: Measured = { ...chui, role: 'peer', name: 'PyTorch 2.15.0', rounds: [[6400], [7680]] };
const other: Measured = {
  ...peer,
  name: 'transformers.js 4.3.1',
  loss: checksum([
    [1, 2],
    [4, 3],
  ]),
};

test('a report on decoding has the time of a token, and says whether peers generated the same tokens', () => {
  const lines = decodingReport({ measured: [chui, peer, other], missing: [], failed: [] });
  expect(lines[0]!.trim().split(/ {2,}/)).toEqual([
    ...['median', 'middle half', 'a token', 'first call', 'peak memory'],
  ]);
  expect(lines[1]).toContain('   27.5 ms   ');
  expect(lines).toContain('PyTorch 2.15.0 generated the same tokens');
  expect(lines).toContain('transformers.js 4.3.1 generated other tokens');
});

test('without chui no tokens are compared', () => {
  const lines = decodingReport({ measured: [peer, other], missing: [], failed: ['chui failed: no backend'] });
  expect(lines.filter((line) => line.includes('generated'))).toEqual([]);
});

test('a checksum depends on each id and its place', () => {
  const sums = [[[1, 2, 3]], [[1, 3, 2]], [[1, 2, 4]], [[50_256, 50_256, 50_256]]].map(checksum);
  expect(new Set(sums).size).toBe(4);
});

test('what a token takes at both ends of a text is told with the ratio', () => {
  expect(positionsReport({ firstMs: 20, lastMs: 22 })).toBe(
    'chui takes 20.0 ms a token behind 64 tokens, 22.0 ms behind 960, which is 1.10 × as long',
  );
});
