import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TokenWindowsOptions, tokenWindows } from './token_windows.js';

async function* stream<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield value;
}

const windowsOf = (documents: ArrayLike<number> | number[][], options: TokenWindowsOptions) => {
  return Array.from(tokenWindows(documents, options), ({ inputIds }) => [...inputIds]);
};

describe('tokenWindows', () => {
  it('joins to all tokens, in windows of one length', async () => {
    const documents = fc.array(fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 30 }));
    const sizes = fc.integer({ min: 2, max: 12 }).chain((length) => {
      return fc.record({
        length: fc.constant(length),
        stride: fc.nat(length - 1),
        separatorTokenId: fc.option(fc.constant(0), { nil: undefined }),
      });
    });
    await fc.assert(
      fc.asyncProperty(documents, sizes, async (texts, options) => {
        const { length, stride, separatorTokenId } = options;
        const joined = texts.flatMap((ids, index) => {
          return separatorTokenId === undefined || index === 0 ? ids : [separatorTokenId, ...ids];
        });
        const windows = windowsOf(texts, options);
        const all = windows.flatMap((ids, index) => (index === 0 ? ids : ids.slice(stride)));
        const left = joined.slice(all.length);
        expect(all).toEqual(joined.slice(0, all.length));
        expect(left.length).toBeLessThan(2);
        if (left.length > 0) expect(stride === 0 || windows.length === 0).toBe(true);
        for (const [index, window] of windows.entries()) {
          if (index < windows.length - 1) expect(window).toHaveLength(length);
          if (index > 0 && stride > 0)
            expect(window.slice(0, stride)).toEqual(windows[index - 1]!.slice(-stride));
        }
        const full = windows.filter((window) => window.length === length);
        expect(windowsOf(texts, { ...options, dropLast: true })).toEqual(full);
        const streamed: number[][] = [];
        for await (const { inputIds } of tokenWindows(stream(texts), options)) streamed.push([...inputIds]);
        expect(streamed).toEqual(windows);
      }),
    );
  });

  it('takes the tokens of one text', () => {
    expect(windowsOf(Int32Array.of(1, 2, 3, 4, 5), { length: 2 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(windowsOf([1, 2, 3, 4, 5], { length: 3, stride: 2 })).toEqual([
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(windowsOf([], { length: 3 })).toEqual([]);
  });

  it.each([
    [{ length: 1 }, 'length must be an integer of at least 2, but is 1'],
    [{ length: 4, stride: 4 }, 'stride must be below length, 4, but is 4'],
    [{ length: 4, stride: 0.5 }, 'stride must be a positive integer, but is 0.5'],
    [{ length: 4, separatorTokenId: 0.5 }, 'separatorTokenId must be an integer, but is 0.5'],
  ])('refuses %o', (options, message) => {
    expect(() => tokenWindows([1, 2], options)).toThrow(message);
  });

  it('names a document with what is no token', () => {
    const documents = [[1], [2, Number.NaN]];
    expect(() => windowsOf(documents, { length: 2 })).toThrow(
      'document 1 must have integers as ids, but has NaN',
    );
  });
});
