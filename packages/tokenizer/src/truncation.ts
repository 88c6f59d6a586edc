import type { Encoding } from './encoding.js';
import type { JsonNode } from './json/json_node.js';

/** Which text of a pair gives way. */
export type TruncationStrategy = 'longest_first' | 'only_first' | 'only_second';
export type Side = 'left' | 'right';

/** How encodings that are too long are cut. */
export interface Truncation {
  /** Tokens that stay, special ones included. */
  maxLength: number;
  strategy: TruncationStrategy;
  /** Tokens that a window shares with the one before. */
  stride: number;
  /** The side that is cut off. */
  side: Side;
}

const strategies = {
  LongestFirst: 'longest_first',
  OnlyFirst: 'only_first',
  OnlySecond: 'only_second',
} as const satisfies Record<string, TruncationStrategy>;

export function truncationFromJSON(json: JsonNode): Truncation | undefined {
  if (json.isNull) return undefined;
  const direction = json.get('direction');
  return {
    maxLength: json.get('max_length').integer(),
    strategy: strategies[json.get('strategy').choice('LongestFirst', 'OnlyFirst', 'OnlySecond')],
    stride: json.get('stride').integer(),
    side: direction.isNull ? 'right' : sides[direction.choice('Left', 'Right')],
  };
}

export function truncationToJSON({ maxLength, strategy, stride, side }: Truncation): object {
  const name = Object.entries(strategies).find(([, value]) => value === strategy)![0];
  return { direction: side === 'left' ? 'Left' : 'Right', max_length: maxLength, strategy: name, stride };
}

export const sides = { Left: 'left', Right: 'right' } as const satisfies Record<string, Side>;

/**
 * Cuts a text, or a pair, to `maxLength` tokens in all; what is cut off is in `overflowing` of each.
 *
 * With `longest_first` the longer of a pair gives way until both are as long, then both, the first having the smaller
 * half.
 *
 * @throws Error if the text that must give way is missing or too short, or the stride leaves a window no progress
 */
export function truncate(
  encodings: Encoding[],
  { maxLength, strategy, stride, side }: Truncation,
): Encoding[] {
  const [first, second] = encodings.map(({ length }) => length) as [number, number?];
  const excess = first + (second ?? 0) - maxLength;
  if (excess <= 0) return encodings;
  if (maxLength === 0) return encodings.map((encoding) => cut(encoding, 0, stride, side));
  if (strategy === 'longest_first') {
    const lengths = second === undefined ? [maxLength] : shareLengths(first, second, maxLength);
    return encodings.map((encoding, i) => cut(encoding, lengths[i]!, stride, side));
  }
  const target = strategy === 'only_first' ? 0 : 1;
  const length = target === 0 ? first : second;
  if (length === undefined) throw new Error('truncation by only_second needs a pair, but there is one text');
  if (length <= excess) {
    throw new Error(
      `truncation by ${strategy} must take ${excess} tokens from a text that has only ${length}`,
    );
  }
  return encodings.map((encoding, i) =>
    i === target ? cut(encoding, length - excess, stride, side) : encoding,
  );
}

function shareLengths(first: number, second: number, maxLength: number): [number, number] {
  const shorter = Math.min(first, second);
  const longer = shorter > maxLength ? shorter : Math.max(shorter, maxLength - shorter);
  if (shorter + longer <= maxLength) return first > second ? [longer, shorter] : [shorter, longer];
  const half = Math.floor(maxLength / 2);
  return first > second ? [maxLength - half, half] : [half, maxLength - half];
}

function cut(encoding: Encoding, maxLength: number, stride: number, side: Side): Encoding {
  const { length } = encoding;
  if (length <= maxLength) return encoding;
  if (maxLength === 0) return encoding.slice(0, 0).withOverflowing([encoding]);
  if (stride >= maxLength) {
    throw new Error(
      `stride must be less than the ${maxLength} tokens of text that a window holds, but is ${stride}`,
    );
  }
  const windows: Encoding[] = [];
  for (let done = 0; ; done += maxLength - stride) {
    const end = Math.min(done + maxLength, length);
    windows.push(side === 'right' ? encoding.slice(done, end) : encoding.slice(length - end, length - done));
    if (end === length) break;
  }
  return windows[0]!.withOverflowing(windows.slice(1));
}
