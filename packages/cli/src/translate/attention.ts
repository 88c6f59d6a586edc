import type { AttentionMap, Translation } from '@chui/models';

/** Attention of one translation as rows of weights: one row a target token, one column a source token. */
export interface AttentionTable {
  sourceTokens: string[];
  targetTokens: string[];
  /** `weights[target][source]`, 0 to 1. */
  weights: number[][];
}

/** One head's table, or the mean of all heads of a layer. */
export function attentionTable(translation: Translation, layer: number, head?: number): AttentionTable {
  const { sourceTokens, targetTokens, crossAttentions } = translation;
  const map = crossAttentions![layer]!;
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
