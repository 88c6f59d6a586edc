import type { AttentionMap } from '../generation/config.js';
import type { Translation } from './translation.js';

/** Attention of one translation as rows of weights: one row a target token, one column a source token. */
export interface AttentionTable {
  sourceTokens: string[];
  targetTokens: string[];
  /** `weights[target][source]`, 0 to 1. */
  weights: number[][];
}

/**
 * Where a translation made with `outputAttentions` looked.
 *
 * @param layer one of `translation.crossAttentions`
 * @param head one of the layer's heads; the mean of all where it is not given
 * @throws RangeError if the translation has no such layer or head.
 */
export function attentionTable(translation: Translation, layer: number, head?: number): AttentionTable {
  const { sourceTokens, targetTokens, crossAttentions = [] } = translation;
  const map = crossAttentions[layer];
  if (!map) {
    throw new RangeError(`layer must be one of the translation's ${crossAttentions.length}, but is ${layer}`);
  }
  if (head !== undefined && !(head >= 0 && head < map.heads)) {
    throw new RangeError(`head must be from 0 to ${map.heads - 1}, but is ${head}`);
  }
  const heads = head === undefined ? Array.from({ length: map.heads }, (_, i) => i) : [head];
  const weights = targetTokens.map((_, step) =>
    sourceTokens.map(
      (_, slot) => heads.reduce((sum, h) => sum + weightAt(map, h, step, slot), 0) / heads.length,
    ),
  );
  return { sourceTokens, targetTokens, weights };
}

function weightAt({ values, steps, slots }: AttentionMap, head: number, step: number, slot: number): number {
  return values[(head * steps + step) * slots + slot]!;
}
