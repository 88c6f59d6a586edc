import { setSeed } from '@chui/runtime';
import { reshape, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Panel } from '../../packages/cli/src/pictures/heat_map.js';
import type { Attention, CatalogueArgs, CatalogueEntry } from '../../packages/layers/src/index.js';
import { dim, vectorsOf, words } from './example.js';
import { sharpen } from './sharpened.js';

/** Sizes by which ten words are enough to see what tells these apart. */
const sizes: Record<string, Partial<CatalogueArgs>> = {
  StridedAttention: { maxLength: 9 },
  LocalPredictiveAttention: { maxLength: 5 },
};
/** What attends to the sentence, where it is not the sentence. */
const queries: Record<string, string[]> = { GatedCrossAttention: ['a', 'cat', 'saw', 'the', 'dog'] };

/** What the weights (…, T, S) of a batch of one are, by head, (1, T, S) without heads. */
export function byHead(weights: Tensor): number[][][] {
  return reshape(weights, [-1, ...weights.shape.slice(-2)]).arraySync() as number[][][];
}

/** The weights of an attention of the catalogue on the sentence, and those of its first head if it may see the past only. */
export function cataloguePicture({ name, make, traits }: CatalogueEntry): Panel[] {
  const rows = queries[name] ?? words;
  const args = { dim, numHeads: 2, maxLength: 16, ...sizes[name], returnWeights: true };
  const { heads, past } = tidy(() => {
    const [query, key] = [rows, words].map((some) => tensor([vectorsOf(some)])) as [Tensor, Tensor];
    const read = (layer: Attention) => byHead((layer.attend({ query, key }) as Tensor[])[1]!);
    setSeed(1);
    const layer = make(args);
    read(layer);
    sharpen(layer);
    const heads = read(layer);
    const weights = layer.getWeights().map((weight) => weight.clone());
    layer.dispose();
    if (!traits.causal || rows !== words) return { heads, past: [] };
    const causal = make({ ...args, causal: true });
    read(causal);
    causal.setWeights(weights);
    const past = read(causal).slice(0, 1);
    causal.dispose();
    return { heads, past };
  });
  const panel = (title: string, weights: number[][]) => ({ title, rows, columns: words, weights });
  const several = heads.length > 1;
  return [
    ...heads.map((weights, i) => panel(several ? `head ${i + 1}` : '', weights)),
    ...past.map((weights) => panel(several ? 'head 1, causal' : 'causal', weights)),
  ];
}
