import type { Drafter } from './drafter.js';

/**
 * Guesses that what followed the last tokens earlier in the sequence follows them again: of the longest run of at most
 * `longest` tokens that is there twice, the first place.
 *
 * @see Saxena (2023), https://github.com/apoorvumang/prompt-lookup-decoding; PromptLookupCandidateGenerator in Hugging Face's library
 */
export function promptLookup(most: number, longest: number): Drafter {
  return {
    most,
    async propose({ ids, padding = 0 }) {
      const { length } = ids;
      for (let size = Math.min(longest, length - padding - 1); size > 0; size--) {
        for (let at = padding; at + size < length; at++) {
          if (isRun(ids, at, length - size, size)) return ids.slice(at + size, at + size + most);
        }
      }
      return [];
    },
    dispose() {},
  };
}

/** Whether `size` ids are the same from two places on. */
function isRun(ids: readonly number[], a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (ids[a + i] !== ids[b + i]) return false;
  return true;
}
