import { expect, test } from 'vitest';
import { graphemesOf } from './graphemes.js';

const whole = (text: string) =>
  Array.from(new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);

test('graphemes are those of the whole text, wherever it is cut', () => {
  const pieces = [
    'a',
    'e\u0323\u0301',
    '👩‍👩‍👧‍👦',
    '🇯🇵🇯🇵',
    '\r\n',
    'क्षि',
    '\u1112\u1161\u11ab',
    '👍🏽',
    '\u0e33',
    '日',
  ];
  for (let shift = 0; shift < 12; shift++) {
    let text = 'x'.repeat(990 + shift);
    for (let i = 0; i < 300; i++) text += pieces[(i * (shift + 3)) % pieces.length];
    expect([...graphemesOf(text)]).toEqual(whole(text));
  }
  const marks = `a${'\u0301'.repeat(2500)}b`;
  expect([...graphemesOf(marks)]).toEqual([marks.slice(0, -1), 'b']);
  expect([...graphemesOf('')]).toEqual([]);
  expect([...graphemesOf('plain 日本 ß')].join('|')).toBe('p|l|a|i|n| |日|本| |ß');
  expect([...graphemesOf('\ud83d\u0301')]).toEqual(whole('\ud83d\u0301'));
});
