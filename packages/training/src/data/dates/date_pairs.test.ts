import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDate } from '../../../../../test/support/parse_date.js';
import type { Split } from '../pair.js';
import { DAY_COUNT, dateOfDay, isoDate } from './calendar_date.js';
import { datePairs, splitOfDay } from './date_pairs.js';
import { DATE_FORMS, type DateForm, writeDate } from './grammar.js';

const FORMS = Object.keys(DATE_FORMS) as DateForm[];
const date = (text: string) => {
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  return { year, month, day };
};

describe('the grammar of dates', () => {
  it.each(Object.entries(DATE_FORMS) as [DateForm, string][])('writes %s as %s', (form, example) => {
    expect(writeDate(date('2026-11-22'), form)).toBe(example);
  });

  it.each([
    ['2019-04-30', '平成31年4月30日', 'H31.4.30'],
    ['2019-05-01', '令和元年5月1日', 'R1.5.1'],
    ['2020-01-01', '令和2年1月1日', 'R2.1.1'],
    ['1989-01-07', '昭和64年1月7日', 'S64.1.7'],
    ['1989-01-08', '平成元年1月8日', 'H1.1.8'],
    ['1990-01-01', '平成2年1月1日', 'H2.1.1'],
    ['1950-01-01', '昭和25年1月1日', 'S25.1.1'],
    ['2049-12-31', '令和31年12月31日', 'R31.12.31'],
  ])('knows the era of %s', (iso, long, short) => {
    expect(writeDate(date(iso), '{era}{eraYear}年{month}月{day}日')).toBe(long);
    expect(writeDate(date(iso), '{E}{eraNumber}.{month}.{day}')).toBe(short);
  });

  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [12, '12th'],
    [13, '13th'],
    [21, '21st'],
    [22, '22nd'],
    [23, '23rd'],
    [30, '30th'],
    [31, '31st'],
  ])('writes day %i as %s', (day, ordinal) => {
    expect(writeDate({ year: 2026, month: 1, day }, '{dayth} of {Month} {year}')).toBe(
      `${ordinal} of January 2026`,
    );
  });

  it.each([
    ['1950-01-01', '01/01/50'],
    ['1999-12-31', '31/12/99'],
    ['2000-01-02', '02/01/00'],
    ['2049-12-31', '31/12/49'],
  ])('writes %s with two digits of the year as %s', (iso, text) => {
    expect(writeDate(date(iso), '{dd}/{mm}/{yy}')).toBe(text);
  });

  it('is unambiguous: every text of every day is another, and an independent parser reads the day from it', () => {
    const texts = new Set<string>();
    const misread: string[] = [];
    for (let day = 0; day < DAY_COUNT; day++) {
      const iso = isoDate(dateOfDay(day));
      for (const form of FORMS) {
        const text = writeDate(dateOfDay(day), form);
        texts.add(text);
        if (parseDate(text) !== iso) misread.push(`${text}: ${iso}`);
      }
    }
    expect(misread).toEqual([]);
    expect(texts.size).toBe(DAY_COUNT * FORMS.length);
  });
});

describe('datePairs', () => {
  const splits: Split[] = ['train', 'dev', 'test'];

  it('draws pairs that an independent parser confirms, from days of the split only', () => {
    const options = {
      seed: fc.integer(),
      count: fc.integer({ min: 1, max: 300 }),
      split: fc.constantFrom(...splits),
    };
    fc.assert(
      fc.property(fc.record(options), ({ seed, count, split }) => {
        const pairs = datePairs({ seed, count, split });
        expect(pairs.length).toBe(count);
        expect(new Set(pairs.map(({ source }) => source)).size).toBe(count);
        for (const { source, target, form } of pairs) {
          expect(parseDate(source)).toBe(target);
          expect(source).toBe(writeDate(date(target), form));
          const day = (Date.parse(target) - Date.parse('1950-01-01')) / 86_400_000;
          expect(splitOfDay(day)).toBe(split);
        }
        expect(datePairs({ seed, count, split })).toEqual(pairs);
      }),
      { numRuns: 30 },
    );
  });

  it('gives every day to one split, 17 to 1 to 2', () => {
    const days = Array.from({ length: DAY_COUNT }, (_, day) => splitOfDay(day));
    const share = (split: Split) => days.filter((each) => each === split).length / DAY_COUNT;
    expect(share('train')).toBeCloseTo(0.85, 2);
    expect(share('dev')).toBeCloseTo(0.05, 2);
    expect(share('test')).toBeCloseTo(0.1, 2);
  });

  it('draws every form, and every month and year of training', () => {
    const pairs = datePairs({ seed: 3, count: 20_000, split: 'train' });
    expect(new Set(pairs.map(({ form }) => form)).size).toBe(FORMS.length);
    expect(new Set(pairs.map(({ target }) => target.slice(0, 4))).size).toBe(100);
    expect(new Set(pairs.map(({ target }) => target.slice(5, 7))).size).toBe(12);
  });

  it('draws from the forms that are asked for', () => {
    const forms = ['{year}{mm}{dd}', '{dd}/{mm}/{yy}'] as const;
    const pairs = datePairs({ seed: 1, count: 500, split: 'train', forms });
    expect(new Set(pairs.map(({ form }) => form))).toEqual(new Set(forms));
    expect(new Set(pairs.map(({ source }) => source)).size).toBe(500);
  });

  it('draws others with another seed', () => {
    const [one, two] = [1, 2].map((seed) => datePairs({ seed, count: 100, split: 'test' }));
    expect(one).not.toEqual(two);
  });

  it('gives the whole split when asked for it, and refuses more', () => {
    const total =
      Array.from({ length: DAY_COUNT }, (_, day) => splitOfDay(day)).filter((s) => s === 'dev').length * 20;
    const all = datePairs({ seed: 1, count: total, split: 'dev' });
    expect(new Set(all.map(({ source }) => source)).size).toBe(total);
    expect(() => datePairs({ seed: 1, count: total + 1, split: 'dev' })).toThrow(
      `count must be an integer from 1 to ${total}, the pairs of dev, but is ${total + 1}`,
    );
    expect(() => datePairs({ seed: 0.5, count: 1, split: 'dev' })).toThrow(
      'seed must be an integer, but is 0.5',
    );
  });
});
