/** A day of the Gregorian calendar. */
export interface CalendarDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** Of the month, from 1. */
  readonly day: number;
}

/** The years that the date task knows; two-digit years are unambiguous in them. */
const FIRST_YEAR = 1950;
const LAST_YEAR = 2049;

const MILLISECONDS = 86_400_000;
const FIRST_DAY = Date.UTC(FIRST_YEAR, 0, 1) / MILLISECONDS;

/** How many days the years of the date task have. */
export const DAY_COUNT = Date.UTC(LAST_YEAR + 1, 0, 1) / MILLISECONDS - FIRST_DAY;

/** The date of a day that is counted from 0, the first of January of `FIRST_YEAR`. */
export function dateOfDay(day: number): CalendarDate {
  const date = new Date((FIRST_DAY + day) * MILLISECONDS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day of the week, 0 for Sunday. */
export function weekday({ year, month, day }: CalendarDate): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** ISO 8601: `2026-11-22`. */
export function isoDate({ year, month, day }: CalendarDate): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
