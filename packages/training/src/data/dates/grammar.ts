import { type CalendarDate, isoDate, weekday } from './calendar_date.js';

/**
 * Every way in which the date task writes a day, each with how it writes 22 November 2026. A form is unambiguous: its
 * order is year first or day first or names the month, and two-digit years are those from 1950 to 2049.
 */
export const DATE_FORMS = {
  '{year}年{month}月{day}日': '2026年11月22日',
  '{year}年{month}月{day}日({曜})': '2026年11月22日(日)',
  '{全year}年{全month}月{全day}日': '２０２６年１１月２２日',
  '{漢year}年{漢month}月{漢day}日': '二〇二六年十一月二十二日',
  '{era}{eraYear}年{month}月{day}日': '令和8年11月22日',
  '{era}{漢eraYear}年{漢month}月{漢day}日': '令和八年十一月二十二日',
  '{E}{eraNumber}.{month}.{day}': 'R8.11.22',
  '{year}/{mm}/{dd}': '2026/11/22',
  '{year}.{month}.{day}': '2026.11.22',
  '{year}{mm}{dd}': '20261122',
  '{dd}/{mm}/{yy}': '22/11/26',
  '{day}/{month}/{year}': '22/11/2026',
  '{dd}.{mm}.{year}': '22.11.2026',
  '{dd}-{Mon}-{yy}': '22-Nov-26',
  '{day} {Month} {year}': '22 November 2026',
  '{dayth} of {Month} {year}': '22nd of November 2026',
  '{Wkd} {day} {Mon} {year}': 'Sun 22 Nov 2026',
  '{Mon} {day}, {year}': 'Nov 22, 2026',
  '{Month} {dayth}, {year}': 'November 22nd, 2026',
  '{Weekday}, {Month} {day}, {year}': 'Sunday, November 22, 2026',
} as const;

/** The pattern of a form, which also names it. */
export type DateForm = keyof typeof DATE_FORMS;

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** The Japanese eras, newest first, each from its first day on. */
const ERAS = [
  { name: '令和', letter: 'R', from: '2019-05-01' },
  { name: '平成', letter: 'H', from: '1989-01-08' },
  { name: '昭和', letter: 'S', from: '1926-12-25' },
] as const;

/** What stands in braces in a form. */
const FIELDS: Record<string, (date: CalendarDate) => string> = {
  year: ({ year }) => `${year}`,
  yy: ({ year }) => twoDigits(year % 100),
  month: ({ month }) => `${month}`,
  mm: ({ month }) => twoDigits(month),
  Month: ({ month }) => MONTHS[month - 1]!,
  Mon: ({ month }) => MONTHS[month - 1]!.slice(0, 3),
  day: ({ day }) => `${day}`,
  dd: ({ day }) => twoDigits(day),
  dayth: ({ day }) => `${day}${ordinalSuffix(day)}`,
  Weekday: (date) => WEEKDAYS[weekday(date)]!,
  Wkd: (date) => WEEKDAYS[weekday(date)]!.slice(0, 3),
  曜: (date) => '日月火水木金土'[weekday(date)]!,
  全year: ({ year }) => fullWidth(year),
  全month: ({ month }) => fullWidth(month),
  全day: ({ day }) => fullWidth(day),
  漢year: ({ year }) => String(year).replace(/\d/g, (digit) => KANJI_DIGITS[Number(digit)]!),
  漢month: ({ month }) => kanjiNumber(month),
  漢day: ({ day }) => kanjiNumber(day),
  era: (date) => eraOf(date).name,
  E: (date) => eraOf(date).letter,
  eraNumber: (date) => `${eraYear(date)}`,
  eraYear: (date) => (eraYear(date) === 1 ? '元' : `${eraYear(date)}`),
  漢eraYear: (date) => (eraYear(date) === 1 ? '元' : kanjiNumber(eraYear(date))),
};

/** Writes a date in a form of the grammar. */
export function writeDate(date: CalendarDate, form: DateForm): string {
  return form.replace(/\{([^}]*)\}/g, (_, field: string) => FIELDS[field]!(date));
}

const KANJI_DIGITS = '〇一二三四五六七八九';

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function fullWidth(value: number): string {
  return String(value).replace(/\d/g, (digit) => '０１２３４５６７８９'[Number(digit)]!);
}

/** From 1 to 99: 二十二. */
function kanjiNumber(value: number): string {
  const tens = Math.floor(value / 10);
  const ones = value % 10;
  return (
    (tens > 1 ? KANJI_DIGITS[tens]! : '') + (tens > 0 ? '十' : '') + (ones > 0 ? KANJI_DIGITS[ones]! : '')
  );
}

function ordinalSuffix(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}

function eraOf(date: CalendarDate): (typeof ERAS)[number] {
  const iso = isoDate(date);
  return ERAS.find(({ from }) => iso >= from)!;
}

/** The year of the era that a date is in; the first ends with the calendar year. */
function eraYear(date: CalendarDate): number {
  return date.year - Number(eraOf(date).from.slice(0, 4)) + 1;
}
