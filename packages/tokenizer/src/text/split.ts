import { splitsPair } from './characters.js';
import type { NormalizedString } from './normalized_string.js';
import type { Matcher } from './pattern.js';

/**
 * What becomes of a delimiter. For `-` in `the-final--countdown`:
 * - Removed: `the`, `final`, `countdown`
 * - Isolated: `the`, `-`, `final`, `-`, `-`, `countdown`
 * - MergedWithPrevious: `the-`, `final-`, `-`, `countdown`
 * - MergedWithNext: `the`, `-final`, `-`, `-countdown`
 * - Contiguous: `the`, `-`, `final`, `--`, `countdown`
 */
export const splitBehaviors = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

/** A part of a text and whether the pattern matched it. */
interface Span {
  start: number;
  end: number;
  matched: boolean;
}

/**
 * Splits a text at the matches of a pattern; empty parts are left out.
 *
 * @param pattern if a RegExp, with the flags `g` and `u` or `v`
 * @param invert split at what does not match instead
 */
export function split(
  text: NormalizedString,
  pattern: Matcher,
  behavior: SplitBehavior,
  invert = false,
): NormalizedString[] {
  const spans = findSpans(text.text, pattern, invert);
  return merge(spans, behavior)
    .filter(({ start, end }) => start < end)
    .map(({ start, end }) => text.slice(start, end));
}

/**
 * The matches and what is between them, which together cover the text. An empty match does not count right after
 * another, nor between the halves of a surrogate pair, where V8 finds them; in an empty text there is none.
 */
export function findSpans(text: string, pattern: Matcher, invert = false): Span[] {
  if (text === '') return [];
  const spans: Span[] = [];
  let last = 0;
  for (const match of pattern[Symbol.matchAll](text)) {
    const start = match.index!;
    const end = start + match[0].length;
    if (start === end && ((start === last && spans.length > 0) || splitsPair(text, start))) continue;
    if (last < start) spans.push({ start: last, end: start, matched: invert });
    spans.push({ start, end, matched: !invert });
    last = end;
  }
  if (last < text.length) spans.push({ start: last, end: text.length, matched: invert });
  return spans;
}

function merge(spans: Span[], behavior: SplitBehavior): Span[] {
  switch (behavior) {
    case 'Removed':
      return spans.filter(({ matched }) => !matched);
    case 'Isolated':
      return spans;
    case 'Contiguous':
      return join(spans, (previous, span) => previous.matched === span.matched);
    case 'MergedWithPrevious':
      return join(spans, (previous, span) => span.matched && !previous.matched);
    case 'MergedWithNext':
      return join(spans.reverse(), (previous, span) => span.matched && !previous.matched).reverse();
  }
}

/** Joins neighbours; `joins` sees the span just before, as it was found. */
function join(spans: Span[], joins: (previous: Span, span: Span) => boolean): Span[] {
  const joined: Span[] = [];
  spans.forEach((span, i) => {
    const last = joined.at(-1);
    if (last && joins(spans[i - 1]!, span)) {
      joined[joined.length - 1] = {
        start: Math.min(last.start, span.start),
        end: Math.max(last.end, span.end),
        matched: span.matched,
      };
    } else {
      joined.push(span);
    }
  });
  return joined;
}
