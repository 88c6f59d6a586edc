import { forceToken, type LogitsProcessor } from './logits_processor.js';

/** Rules out the tokens that end a text, until the sequence has so many ids, and so many were chosen. */
export const atLeastSoLong =
  (
    ends: readonly number[],
    { minLength = 0, minNewTokens = 0 }: { minLength?: number; minNewTokens?: number },
  ): LogitsProcessor =>
  (scores, { ids, promptLength }) => {
    if (ids.length >= minLength && ids.length - promptLength >= minNewTokens) return;
    for (const end of ends) scores[end] = -Infinity;
  };

/** The first token after a start id. */
export const forcedFirst =
  (token: number): LogitsProcessor =>
  (scores, { ids }) => {
    if (ids.length === 1) forceToken(scores, token);
  };

/** The last token of a sequence that reaches its greatest length: one of these. */
export const forcedLast =
  (tokens: readonly number[], maxLength: number): LogitsProcessor =>
  (scores, { ids }) => {
    if (ids.length !== maxLength - 1) return;
    scores.fill(-Infinity);
    for (const token of tokens) scores[token] = 0;
  };

/** Rules out these tokens where the first one is chosen. */
export const suppressAtBegin =
  (tokens: readonly number[]): LogitsProcessor =>
  (scores, { ids, promptLength }) => {
    if (ids.length !== promptLength) return;
    for (const token of tokens) scores[token] = -Infinity;
  };
