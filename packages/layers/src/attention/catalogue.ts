import { HeadGatedAttention } from './adaptive/head_gated_attention.js';
import { AdditiveAttention } from './additive_attention.js';
import type { Attention, AttentionArgs } from './attention.js';
import { ConcatAttention } from './concat_attention.js';
import { CosineAttention } from './cosine_attention.js';
import { DotProductAttention } from './dot_product_attention.js';
import { BlockSparseAttention } from './efficient/block_sparse_attention.js';
import { ChunkedAttention } from './efficient/chunked_attention.js';
import { LinearAttention } from './efficient/linear_attention.js';
import { LinformerAttention } from './efficient/linformer_attention.js';
import { NystromAttention } from './efficient/nystrom_attention.js';
import { PerformerAttention } from './efficient/performer_attention.js';
import { ReformerAttention } from './efficient/reformer_attention.js';
import { SlidingWindowAttention } from './efficient/sliding_window_attention.js';
import { StridedAttention } from './efficient/strided_attention.js';
import { GatedCrossAttention } from './gated_cross_attention.js';
import { GeneralAttention } from './general_attention.js';
import { GroupedQueryAttention } from './grouped_query_attention.js';
import { LocalMonotonicAttention } from './local_monotonic_attention.js';
import { LocalPredictiveAttention } from './local_predictive_attention.js';
import { LocationAttention } from './location_attention.js';
import { MultiHeadAttention } from './multi_head_attention.js';
import { MultiQueryAttention } from './multi_query_attention.js';
import { ProjectedDotProductAttention } from './projected_dot_product_attention.js';
import { ShawRelativeAttention } from './relative/shaw_relative_attention.js';
import { TransformerXlAttention } from './relative/transformer_xl_attention.js';
import { ScaledDotProductAttention } from './scaled_dot_product_attention.js';
import { StaticMixing } from './static_mixing.js';
import type { AttentionTraits } from './traits.js';

/** What an attention of the catalogue is made for. */
export interface CatalogueArgs extends AttentionArgs {
  /** Width D of queries, keys and values. */
  dim: number;
  /** Heads of those that have them; they must divide the width, and be even. */
  numHeads: number;
  /** Most positions of a sequence, from which windows, blocks and the like follow. */
  maxLength: number;
}

/** One attention of the catalogue. */
export interface CatalogueEntry {
  /** The name of its class. */
  readonly name: string;
  readonly traits: AttentionTraits;
  /** A layer of usual options for self-attention of such sequences. */
  make(args: CatalogueArgs): Attention;
}

type AttentionClass = { readonly className: string; readonly traits: AttentionTraits };
/** Options as an attention of the catalogue takes them, and what they follow from. */
type Sizes = Pick<CatalogueArgs, 'dim' | 'numHeads' | 'maxLength'>;

function entry(of: AttentionClass, make: (args: AttentionArgs, sizes: Sizes) => Attention): CatalogueEntry {
  return {
    name: of.className.replace(/^Chui/, ''),
    traits: of.traits,
    make: ({ dim, numHeads, maxLength, ...args }) => make(args, { dim, numHeads, maxLength }),
  };
}

/** Slots that a local attention sees on each side. */
const windowOf = ({ maxLength }: Sizes) => Math.max(1, Math.min(128, Math.floor(maxLength / 8)));

/** Every attention of queries, keys and values, to find, compare and prove them. */
export const attentionCatalogue: readonly CatalogueEntry[] = [
  entry(AdditiveAttention, (args, { dim }) => new AdditiveAttention({ units: dim, ...args })),
  entry(ConcatAttention, (args, { dim }) => new ConcatAttention({ units: dim, ...args })),
  entry(GeneralAttention, (args) => new GeneralAttention(args)),
  entry(DotProductAttention, (args) => new DotProductAttention(args)),
  entry(ScaledDotProductAttention, (args) => new ScaledDotProductAttention(args)),
  entry(
    ProjectedDotProductAttention,
    (args, { dim }) => new ProjectedDotProductAttention({ units: dim, ...args }),
  ),
  entry(CosineAttention, (args) => new CosineAttention(args)),
  entry(LocationAttention, (args, { maxLength }) => new LocationAttention({ maxLength, ...args })),
  entry(StaticMixing, (args, { numHeads, maxLength }) => new StaticMixing({ numHeads, maxLength, ...args })),
  entry(
    LocalMonotonicAttention,
    (args, sizes) => new LocalMonotonicAttention({ windowSize: windowOf(sizes), ...args }),
  ),
  entry(
    LocalPredictiveAttention,
    (args, sizes) => new LocalPredictiveAttention({ windowSize: Math.ceil(sizes.maxLength / 2), ...args }),
  ),
  entry(MultiHeadAttention, (args, { numHeads }) => new MultiHeadAttention({ numHeads, ...args })),
  entry(MultiQueryAttention, (args, { numHeads }) => new MultiQueryAttention({ numHeads, ...args })),
  entry(
    GroupedQueryAttention,
    (args, { numHeads }) => new GroupedQueryAttention({ numHeads, numKeyValueHeads: numHeads / 2, ...args }),
  ),
  entry(GatedCrossAttention, (args, { numHeads }) => new GatedCrossAttention({ numHeads, ...args })),
  entry(
    ChunkedAttention,
    (args, { numHeads, maxLength }) =>
      new ChunkedAttention({
        numHeads,
        chunkLength: Math.max(1, Math.min(128, Math.floor(maxLength / 4))),
        ...args,
      }),
  ),
  entry(
    SlidingWindowAttention,
    (args, sizes) =>
      new SlidingWindowAttention({ numHeads: sizes.numHeads, windowSize: windowOf(sizes), ...args }),
  ),
  entry(
    StridedAttention,
    (args, { numHeads, maxLength }) =>
      new StridedAttention({ numHeads, stride: Math.max(2, Math.round(Math.sqrt(maxLength))), ...args }),
  ),
  entry(
    BlockSparseAttention,
    (args, { numHeads, maxLength }) =>
      new BlockSparseAttention({
        numHeads,
        blockSize: Math.max(1, Math.min(64, Math.floor(maxLength / 8))),
        numRandomBlocks: 1,
        ...args,
      }),
  ),
  entry(
    LinformerAttention,
    (args, { numHeads, maxLength }) =>
      new LinformerAttention({
        numHeads,
        maxLength,
        projectedLength: Math.max(2, Math.min(256, Math.floor(maxLength / 2))),
        ...args,
      }),
  ),
  entry(LinearAttention, (args, { numHeads }) => new LinearAttention({ numHeads, ...args })),
  entry(PerformerAttention, (args, { numHeads }) => new PerformerAttention({ numHeads, ...args })),
  entry(
    NystromAttention,
    (args, { numHeads, maxLength }) =>
      new NystromAttention({
        numHeads,
        numLandmarks: Math.max(2, Math.min(64, Math.floor(maxLength / 4))),
        ...args,
      }),
  ),
  entry(
    ReformerAttention,
    (args, { numHeads, maxLength }) =>
      new ReformerAttention({
        numHeads,
        chunkLength: Math.max(2, Math.min(64, Math.floor(maxLength / 4))),
        numBuckets: 2 * Math.max(1, Math.floor(maxLength / 128)),
        numHashes: 2,
        ...args,
      }),
  ),
  entry(HeadGatedAttention, (args, { numHeads }) => new HeadGatedAttention({ numHeads, ...args })),
  entry(
    ShawRelativeAttention,
    (args, { numHeads, maxLength }) =>
      new ShawRelativeAttention({
        numHeads,
        maxDistance: Math.max(1, Math.min(16, Math.floor(maxLength / 4))),
        ...args,
      }),
  ),
  entry(TransformerXlAttention, (args, { numHeads }) => new TransformerXlAttention({ numHeads, ...args })),
];
