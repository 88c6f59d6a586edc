import { numberText } from './number_text.js';

/** A mark on an axis. */
export interface Mark {
  readonly at: number;
  readonly text: string;
}

/** Where values lie on an axis, and its marks. */
export interface Scale {
  readonly marks: readonly Mark[];
  /** From 0 at the axis' beginning to 1 at its end. */
  place(value: number): number;
}

/** Marks at round numbers; the axis begins and ends at one, and may begin at 0, unless it is `tight`. */
export function linearScale(low: number, high: number, tight = false): Scale {
  const flat = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const [least, most] = flat
    ? [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2]
    : [low, high];
  const from0 = !tight && least > 0 && least < 0.35 * most;
  const step = roundStep((most - (from0 ? 0 : least)) / 5);
  const first = from0 ? 0 : Math.floor(least / step + 1e-9);
  const last = Math.ceil(most / step - 1e-9);
  const [from, to] = tight ? [least, most] : [first * step, last * step];
  const digits = Math.ceil(Math.log10(Math.max(Math.abs(from), Math.abs(to)) / step) + 1e-9) + 1;
  const marks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
    .filter((at) => at >= from - 1e-9 * step && at <= to + 1e-9 * step)
    .map((at) => ({ at, text: numberText(at, digits) }));
  return { marks, place: (value) => (value - from) / (to - from) };
}

/** Marks at 1, 2 and 5 times the powers of ten, or at some of the powers where there are many. */
export function logScale(low: number, high: number): Scale {
  const [from, to] = low === high ? [low / 2, high * 2] : [low, high];
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const decades = Math.log10(to / from);
  const every = Math.max(1, Math.ceil(decades / 6));
  const parts = decades < 2.5 ? [1, 2, 5] : [1];
  const marks = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .filter((power) => power % every === 0)
    .flatMap((power) => parts.map((part) => Number(`${part}e${power}`)))
    .filter((at) => at >= from * (1 - 1e-9) && at <= to * (1 + 1e-9))
    .map((at) => ({ at, text: numberText(at) }));
  return { marks, place: (value) => Math.log(value / from) / Math.log(to / from) };
}

/** The least of 1, 2 and 5 times a power of ten that is no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((part) => part * power >= least * (1 - 1e-9))!;
}
