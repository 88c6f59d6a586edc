import type { Decoding, Prompts } from './decoding.js';

/** A model that guesses for another: see `assistantModel` of `generate`. Every decoder of chui is one. */
export interface AssistantModel {
  readonly config: { readonly vocabSize: number };
  /** A decoding of prompts, before the last id of each is fed. The caller frees it. */
  startDecoding(prompts: Prompts, maxLength: number): Decoding;
}
