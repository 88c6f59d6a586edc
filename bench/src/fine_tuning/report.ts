import { SIDE_NAMES, type Side } from '../sides.js';
import type { Results, SideResults } from './results.js';

/** Rows of a table in Markdown: what always saying the most frequent class reaches, both sides, and their difference. */
export function markdown(results: Results, fromScratch: boolean): string {
  const { sides, intervals, majority } = results;
  const known = Object.entries(sides) as [Side, SideResults][];
  const names = Object.keys(known[0]![1].scores);
  const note = fromScratch ? ', from scratch' : '';
  const lines = [
    ['', ...names, `${names[0]} by seed`, 'training', 'whole', 'memory'],
    ['---', ...names.map(() => '---:'), '---', '---:', '---:', '---:'],
    ...(majority ? [['most frequent class', ...names.map((name) => digits(majority[name]!))]] : []),
    ...known.map(([side, { scores, seeds, trainSeconds, seconds, peakBytes }]) => [
      SIDE_NAMES[side] + note,
      ...names.map((name) => digits(scores[name]!)),
      seeds.map((each) => digits(each.scores[names[0]!]!)).join(', '),
      ...[`${trainSeconds.toFixed(1)} s`, `${seconds.toFixed(1)} s`],
      `${(peakBytes / 2 ** 30).toFixed(2)} GiB`,
    ]),
  ];
  if (Object.keys(intervals).length > 0) {
    const intervalOf = (name: string) =>
      intervals[name] ? intervals[name].map((end) => digits(end)).join(' … ') : '';
    const { chui, pytorch } = sides;
    const ratio = (key: 'trainSeconds' | 'seconds' | 'peakBytes') =>
      `× ${(chui![key] / pytorch![key]).toFixed(2)}`;
    lines.push([
      'difference, 95 % interval',
      ...names.map(intervalOf),
      '',
      ...(['trainSeconds', 'seconds', 'peakBytes'] as const).map(ratio),
    ]);
  }
  const width = names.length + 5;
  return `${lines.map((cells) => `| ${[...cells, ...Array(width - cells.length).fill('')].join(' | ')} |`).join('\n')}\n`;
}

const digits = (value: number) => value.toFixed(4);
