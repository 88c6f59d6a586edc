import {
  AdditiveAttention,
  DotProductAttention,
  GeneralAttention,
  MultiHeadAttention,
  ProjectedDotProductAttention,
  ScaledDotProductAttention,
  type ScoredAttention,
} from '@chui/layers';
import { z } from 'zod';
import { positiveInteger } from '../config.js';

/** What the configuration of a recurrent model says of its attention. */
export const attentionKeys = {
  /** By the names of their layers. */
  attention: z.enum(['none', 'additive', 'general', 'dot', 'scaledDot', 'projectedDot', 'multiHead']),
  /** Width of the hidden layer of additive attention, and of the projections of projected dot attention. */
  attentionUnits: positiveInteger.optional(),
  /** Heads of multi-head attention. */
  attentionHeads: positiveInteger.default(4),
};

type AttentionKeys = z.output<z.ZodObject<typeof attentionKeys>>;
type AttentionKind = AttentionKeys['attention'];

/** What an attention is made of; `hiddenSize` is the width of the states that ask it. */
type AttentionSizes = Pick<AttentionKeys, 'attentionUnits' | 'attentionHeads'> & { hiddenSize: number };

/** Fails where multi-head attention cannot share the states out among its heads. */
export function checkHeads(
  { attention, attentionHeads, hiddenSize }: AttentionSizes & { attention: AttentionKind },
  fail: (path: string, message: string) => void,
): void {
  if (attention === 'multiHead' && hiddenSize % attentionHeads !== 0) {
    fail('attentionHeads', `must divide hiddenSize ${hiddenSize}`);
  }
}

/** The attention of a kind, made anew. */
export function attentionOf(
  kind: Exclude<AttentionKind, 'none'>,
  { hiddenSize, attentionUnits = hiddenSize, attentionHeads }: AttentionSizes,
): ScoredAttention {
  switch (kind) {
    case 'additive':
      return new AdditiveAttention({ units: attentionUnits });
    case 'general':
      return new GeneralAttention({});
    case 'dot':
      return new DotProductAttention({});
    case 'scaledDot':
      return new ScaledDotProductAttention({});
    case 'projectedDot':
      return new ProjectedDotProductAttention({ units: attentionUnits });
    case 'multiHead':
      return new MultiHeadAttention({ numHeads: attentionHeads, keyDim: hiddenSize / attentionHeads });
  }
}
