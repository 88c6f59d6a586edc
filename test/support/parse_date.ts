/**
 * Reads a date of the date task, with nothing that the generator uses: regular expressions, and ICU's names and
 * Japanese calendar. Gives undefined for what is no date, or has the wrong day of the week or year of an era.
 */
export function parseDate(text: string): string | undefined {
  const plain = text
    .normalize('NFKC')
    .replace('元年', '1年')
    .replace(/[〇一二三四五六七八九十]+(?=[年月日])/g, arabic);
  for (const [pattern, groups] of PATTERNS) {
    const match = pattern.exec(plain);
    if (match) return read(Object.fromEntries([...groups].map((name, index) => [name, match[index + 1]])));
  }
  return undefined;
}

type Parts = { [name in 'y' | 'm' | 'd' | 'w' | 'e']?: string };

/** Each with what its groups are: y year, m month, d day, w day of the week, e era. */
const PATTERNS: [RegExp, string][] = [
  [/^(\d{4})年(\d+)月(\d+)日(?:\((.)\))?$/, 'ymdw'],
  [/^(昭和|平成|令和)(\d+)年(\d+)月(\d+)日$/, 'eymd'],
  [/^([SHR])(\d+)\.(\d+)\.(\d+)$/, 'eymd'],
  [/^(\d{4})\/(\d\d)\/(\d\d)$/, 'ymd'],
  [/^(\d{4})\.(\d+)\.(\d+)$/, 'ymd'],
  [/^(\d{4})(\d\d)(\d\d)$/, 'ymd'],
  [/^(\d+)\/(\d+)\/(\d{2}|\d{4})$/, 'dmy'],
  [/^(\d\d)\.(\d\d)\.(\d{4})$/, 'dmy'],
  [/^(\d\d)-([A-Z][a-z]{2})-(\d\d)$/, 'dmy'],
  [/^(\d+)(?:st|nd|rd|th)? (?:of )?([A-Z][a-z]+) (\d{4})$/, 'dmy'],
  [/^([A-Z][a-z]+) (\d+)(?:st|nd|rd|th)?, (\d{4})$/, 'mdy'],
  [/^([A-Z][a-z]+) (\d+) ([A-Z][a-z]+) (\d{4})$/, 'wdmy'],
  [/^([A-Z][a-z]+), ([A-Z][a-z]+) (\d+), (\d{4})$/, 'wmdy'],
];

function read({ y, m, d, w, e }: Parts): string | undefined {
  const era = e && ERAS[e];
  const year = era ? era.before + Number(y) : y!.length === 2 ? century(Number(y)) : Number(y);
  const month = MONTHS[m!] ?? Number(m);
  const date = new Date(Date.UTC(year, month - 1, Number(d)));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== Number(d)) return undefined;
  if (w && WEEKDAYS[w] !== date.getUTCDay()) return undefined;
  if (era && eraYear(date) !== `${era.name}${y === '1' ? '元' : y}年`) return undefined;
  return date.toISOString().slice(0, 10);
}

const century = (year: number) => (year < 50 ? 2000 : 1900) + year;

/** What stands in front of a year of an era to make it one of the calendar, less one. */
const ERAS: Record<string, { name: string; before: number }> = {};
for (const [letter, name, before] of [
  ['S', '昭和', 1925],
  ['H', '平成', 1988],
  ['R', '令和', 2018],
] as const) {
  ERAS[letter] = ERAS[name] = { name, before };
}

const eraFormat = new Intl.DateTimeFormat('ja-JP-u-ca-japanese', {
  era: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

const eraYears = new Map<number, string>();

/** `令和8年`, which ICU is slow to say. */
function eraYear(date: Date): string {
  const known = eraYears.get(date.getTime()) ?? eraFormat.format(date);
  eraYears.set(date.getTime(), known);
  return known;
}

/** English names, long and short, of the months from 1. */
const MONTHS = names('en-US', { month: 'long' }, 12, (index) => Date.UTC(2000, index), 1);
Object.assign(
  MONTHS,
  names('en-US', { month: 'short' }, 12, (index) => Date.UTC(2000, index), 1),
);

/** English names, long and short, and Japanese short names of the days of the week from 0, Sunday. */
const WEEKDAYS: Record<string, number> = {};
for (const [locale, weekday] of [
  ['en-US', 'long'],
  ['en-US', 'short'],
  ['ja-JP', 'short'],
] as const) {
  Object.assign(
    WEEKDAYS,
    names(locale, { weekday }, 7, (index) => Date.UTC(2023, 0, 1 + index), 0),
  );
}

function names(
  locale: string,
  options: Intl.DateTimeFormatOptions,
  count: number,
  time: (index: number) => number,
  from: number,
): Record<string, number> {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [format.format(time(index)), index + from]),
  );
}

function arabic(kanji: string): string {
  const digits = [...kanji].map((character) => '〇一二三四五六七八九'.indexOf(character));
  if (!kanji.includes('十')) return digits.join('');
  const [tens, ones] = kanji.split('十') as [string, string];
  const value = (text: string, empty: number) => (text === '' ? empty : '〇一二三四五六七八九'.indexOf(text));
  return String(10 * value(tens, 1) + value(ones, 0));
}
