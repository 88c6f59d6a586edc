import { Tensor } from '@tensorflow/tfjs-core';
import type { Prompts } from '../generation/decoding.js';
import { type Ids, isRow, type Mask } from '../ids.js';
import { shown } from '../shown.js';
import type { DecoderConfig } from './family.js';

/** What a decoder's `generate` goes on from. */
export interface PromptInputs {
  /** (B, T), or rows of any lengths; the start token where it is left out. */
  inputIds?: Ids | undefined;
  /** (B, T), 1 at tokens, 0 at padding before them; by default 0 wherever an id is the padding's. */
  attentionMask?: Mask | undefined;
}

/**
 * Prompts as rows of one length.
 *
 * @throws RangeError naming the argument, the rule and the value
 */
export async function promptsOf(
  { inputIds, attentionMask }: PromptInputs,
  { bosTokenId, padTokenId, eosTokenId, vocabSize }: DecoderConfig,
): Promise<Prompts> {
  const given = inputIds === undefined ? [[]] : await rowsOf('inputIds', inputIds);
  const masks = attentionMask === undefined ? undefined : await rowsOf('attentionMask', attentionMask);
  if (masks && masks.length !== given.length) {
    throw new RangeError(
      `attentionMask must have a row for each of inputIds' ${given.length}, but has ${masks.length}`,
    );
  }
  const isToken = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabSize;
  const rows = given.map((row, i) => {
    const mask = masks?.[i];
    if (mask && mask.length !== row.length) {
      throw new RangeError(
        `attentionMask must be as long as inputIds, but row ${i} has ${mask.length} in the place of ${row.length}`,
      );
    }
    for (const id of row) {
      if (isToken(id)) continue;
      throw new RangeError(`inputIds must be ids from 0 to ${vocabSize - 1}, but has ${shown(id)}`);
    }
    if (row.length > 0) return row;
    if (typeof bosTokenId === 'number' && isToken(bosTokenId)) return [bosTokenId];
    throw new RangeError(
      `inputIds must have a token to begin with where the configuration has no bosTokenId from 0 to ${vocabSize - 1}, but has none`,
    );
  });
  const isEnd = [eosTokenId ?? []].flat().includes(padTokenId ?? -1);
  const isPadding = (id: number) => padTokenId !== null && !isEnd && id === padTokenId;
  const length = Math.max(...rows.map((row) => row.length));
  const added = rows.map((row) => length - row.length);
  const filler = padTokenId ?? 0;
  const mask = rows.map((row, i) => {
    const own = masks?.[i]?.length ? masks[i]!.map(Number) : row.map((id) => (isPadding(id) ? 0 : 1));
    const whole = own.includes(1) ? own : own.map(() => 1);
    if (whole.at(-1) !== 1) {
      throw new RangeError(`attentionMask must be 0 before the tokens only, but row ${i} ends with 0`);
    }
    return [...new Array<number>(added[i]!).fill(0), ...whole];
  });
  const prefixes = rows.map((row, i) => ({
    ids: [...new Array<number>(added[i]!).fill(filler), ...row],
    padding: mask[i]!.indexOf(1),
  }));
  return { prefixes, mask, added };
}

async function rowsOf(name: string, given: Ids | Mask): Promise<number[][]> {
  if (given instanceof Tensor) {
    if (given.rank !== 2)
      throw new RangeError(`${name} must have the shape (B, T), but has [${given.shape}]`);
    const [rows, length] = given.shape as [number, number];
    const values = Array.from(await given.data(), Number);
    return Array.from({ length: rows }, (_, i) => values.slice(i * length, (i + 1) * length));
  }
  const areRows = Array.isArray(given) && given.length > 0 && given.every(isRow);
  if (!areRows)
    throw new RangeError(`${name} must be rows, such as [[5, 6]], or a tensor, but is ${shown(given)}`);
  return (given as readonly ArrayLike<number | boolean>[]).map((row) => Array.from(row, Number));
}
