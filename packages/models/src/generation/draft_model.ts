import { chooser } from './chooser.js';
import type { FullGenerationConfig } from './config.js';
import type { Decoding } from './decoding.js';
import type { Drafter } from './drafter.js';

/**
 * Guesses what a smaller model would choose, by the same options and numbers.
 *
 * @param decoding the smaller model's, before the last id of the prompt is fed; it is freed with the drafter
 */
export function draftModel(decoding: Decoding, config: FullGenerationConfig): Drafter {
  const { ends, numAssistantTokens: most } = config;
  let uniform = () => 0;
  const choose = chooser({ ...config, outputScores: false }, () => uniform());
  return {
    most,
    async propose({ ids, promptLength, padding = 0 }, numberAt) {
      const { fed } = decoding;
      const first = promptLength - 1;
      const known = Math.min(first + commonLength(fed, ids.slice(first)), ids.length - 1);
      decoding.rewind(first + fed.length - known);
      const unread = ids.slice(known, -1);
      if (unread.length > 0) await decoding.advance(Int32Array.from(unread), () => [], unread.length);
      const guess = [...ids];
      let drawn = 0;
      uniform = () => numberAt(drawn++);
      while (
        guess.length < ids.length + most &&
        (guess.length === ids.length || !ends.includes(guess.at(-1)!))
      ) {
        const next = await choose(decoding, [guess.at(-1)!]);
        guess.push(next(0, { ids: guess, promptLength, padding }).token);
      }
      return guess.slice(ids.length);
    },
    dispose: () => decoding.dispose(),
  };
}

/** How many ids two lists begin with together. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((id, i) => id !== b[i]);
  return differs < 0 ? a.length : differs;
}
