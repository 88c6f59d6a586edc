import { describe, expect, it } from 'vitest';
import { untilAborted } from './until_aborted.js';

/** Gives 1 and 2, then waits for a word to go on; says when it is closed. */
function stalling() {
  const state = { isClosed: false, goOn: () => {} };
  const values = async function* () {
    try {
      yield 1;
      yield 2;
      await new Promise<void>((resolve) => {
        state.goOn = resolve;
      });
      yield 3;
    } finally {
      state.isClosed = true;
    }
  };
  return { values: values(), state };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('untilAborted', () => {
  it.each([[[1, 2, 3]], [new Set([1, 2, 3])]])('gives all of %o without an abort', async (values) => {
    for (const signal of [undefined, new AbortController().signal]) {
      const given: number[] = [];
      for await (const value of untilAborted(values, signal)) given.push(value);
      expect(given).toEqual([1, 2, 3]);
    }
  });

  it('ends while a value is awaited, and closes the iterable when that goes on', async () => {
    const { values, state } = stalling();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    const given: number[] = [];
    for await (const value of untilAborted(values, controller.signal)) given.push(value);
    expect(given).toEqual([1, 2]);
    expect(state.isClosed).toBe(false);
    state.goOn();
    await turn();
    expect(state.isClosed).toBe(true);
  });

  it('ends before the next value, and closes the iterable at once', async () => {
    const { values, state } = stalling();
    const controller = new AbortController();
    for await (const value of untilAborted(values, controller.signal)) {
      expect(value).toBe(1);
      controller.abort();
    }
    expect(state.isClosed).toBe(true);
  });

  it('closes the iterable when it is left', async () => {
    const { values, state } = stalling();
    for await (const _ of untilAborted(values, new AbortController().signal)) break;
    expect(state.isClosed).toBe(true);
  });

  it('throws what the iterable throws, but not after an abort', async () => {
    const failing = async function* () {
      await turn();
      yield* [];
      throw new Error('line 3 is broken');
    };
    const all = async (signal: AbortSignal) => {
      for await (const _ of untilAborted(failing(), signal));
    };
    await expect(all(new AbortController().signal)).rejects.toThrow('line 3 is broken');
    const controller = new AbortController();
    setTimeout(() => controller.abort());
    await all(controller.signal);
    await turn();
  });
});
