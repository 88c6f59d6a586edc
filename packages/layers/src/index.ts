export { AdaptiveSpan, type AdaptiveSpanArgs, adaptiveSpan } from './attention/adaptive/adaptive_span.js';
export {
  HeadGatedAttention,
  type HeadGatedAttentionArgs,
  headGatedAttention,
} from './attention/adaptive/head_gated_attention.js';
export {
  AdditiveAttention,
  type AdditiveAttentionArgs,
  additiveAttention,
} from './attention/additive_attention.js';
export {
  Attention,
  type AttentionArgs,
  type AttentionInputs,
  type AttentionResult,
  type CachedInputs,
  type CachedResult,
} from './attention/attention.js';
export {
  AttentionPooling,
  type AttentionPoolingArgs,
  attentionPooling,
} from './attention/attention_pooling.js';
export { attentionCatalogue, type CatalogueArgs, type CatalogueEntry } from './attention/catalogue.js';
export { ConcatAttention, type ConcatAttentionArgs, concatAttention } from './attention/concat_attention.js';
export { CosineAttention, type CosineAttentionArgs, cosineAttention } from './attention/cosine_attention.js';
export {
  CrossModalAttention,
  type CrossModalAttentionArgs,
  crossModalAttention,
} from './attention/cross_modal_attention.js';
export {
  DotProductAttention,
  type DotProductAttentionArgs,
  dotProductAttention,
} from './attention/dot_product_attention.js';
export {
  BlockSparseAttention,
  type BlockSparseAttentionArgs,
  blockSparseAttention,
} from './attention/efficient/block_sparse_attention.js';
export {
  ChunkedAttention,
  type ChunkedAttentionArgs,
  chunkedAttention,
} from './attention/efficient/chunked_attention.js';
export {
  EfficientAttention,
  type EfficientAttentionArgs,
  type HeadOperands,
} from './attention/efficient/efficient_attention.js';
export {
  HierarchicalAttention,
  type HierarchicalAttentionArgs,
  hierarchicalAttention,
  type SequenceEncoder,
} from './attention/efficient/hierarchical_attention.js';
export { KernelizedAttention, type KeyFeatures } from './attention/efficient/kernelized_attention.js';
export {
  type FeatureMap,
  LinearAttention,
  type LinearAttentionArgs,
  linearAttention,
} from './attention/efficient/linear_attention.js';
export {
  LinformerAttention,
  type LinformerAttentionArgs,
  type LinformerSharing,
  linformerAttention,
} from './attention/efficient/linformer_attention.js';
export {
  NystromAttention,
  type NystromAttentionArgs,
  nystromAttention,
} from './attention/efficient/nystrom_attention.js';
export {
  PerformerAttention,
  type PerformerAttentionArgs,
  performerAttention,
} from './attention/efficient/performer_attention.js';
export {
  ReformerAttention,
  type ReformerAttentionArgs,
  reformerAttention,
} from './attention/efficient/reformer_attention.js';
export {
  SlidingWindowAttention,
  type SlidingWindowAttentionArgs,
  slidingWindowAttention,
} from './attention/efficient/sliding_window_attention.js';
export { SparseAttention, type SparseAttentionArgs } from './attention/efficient/sparse_attention.js';
export {
  StridedAttention,
  type StridedAttentionArgs,
  stridedAttention,
} from './attention/efficient/strided_attention.js';
export {
  GatedCrossAttention,
  type GatedCrossAttentionArgs,
  gatedCrossAttention,
} from './attention/gated_cross_attention.js';
export {
  GeneralAttention,
  type GeneralAttentionArgs,
  generalAttention,
} from './attention/general_attention.js';
export {
  GroupedQueryAttention,
  type GroupedQueryAttentionArgs,
  groupedQueryAttention,
} from './attention/grouped_query_attention.js';
export { type HeadArgs, HeadProjections, type HeadProjectionsArgs } from './attention/head_projections.js';
export { HeadedAttention, type HeadedAttentionArgs, type HeadReading } from './attention/headed_attention.js';
export {
  FootprintAttention2D,
  type FootprintAttention2DArgs,
} from './attention/image/footprint_attention_2d.js';
export {
  type PairwiseRelation,
  PairwiseSelfAttention2D,
  type PairwiseSelfAttention2DArgs,
  pairwiseSelfAttention2D,
} from './attention/image/pairwise_self_attention_2d.js';
export {
  type PatchwiseRelation,
  PatchwiseSelfAttention2D,
  type PatchwiseSelfAttention2DArgs,
  patchwiseSelfAttention2D,
} from './attention/image/patchwise_self_attention_2d.js';
export {
  KeyValueProjection,
  type KeyValueProjectionArgs,
  keyValueProjection,
} from './attention/key_value_projection.js';
export { LocalAttention, type LocalAttentionArgs } from './attention/local_attention.js';
export {
  LocalMonotonicAttention,
  type LocalMonotonicAttentionArgs,
  localMonotonicAttention,
} from './attention/local_monotonic_attention.js';
export {
  LocalPredictiveAttention,
  type LocalPredictiveAttentionArgs,
  localPredictiveAttention,
} from './attention/local_predictive_attention.js';
export {
  LocationAttention,
  type LocationAttentionArgs,
  locationAttention,
} from './attention/location_attention.js';
export {
  MultiHeadAttention,
  type MultiHeadAttentionArgs,
  multiHeadAttention,
} from './attention/multi_head_attention.js';
export {
  MultiQueryAttention,
  type MultiQueryAttentionArgs,
  multiQueryAttention,
} from './attention/multi_query_attention.js';
export {
  ProjectedDotProductAttention,
  type ProjectedDotProductAttentionArgs,
  projectedDotProductAttention,
} from './attention/projected_dot_product_attention.js';
export { RelativeAttention, type RelativeAttentionArgs } from './attention/relative/relative_attention.js';
export {
  ShawRelativeAttention,
  type ShawRelativeAttentionArgs,
  shawRelativeAttention,
} from './attention/relative/shaw_relative_attention.js';
export {
  TransformerXlAttention,
  type TransformerXlAttentionArgs,
  transformerXlAttention,
} from './attention/relative/transformer_xl_attention.js';
export {
  ScaledDotProductAttention,
  type ScaledDotProductAttentionArgs,
  scaledDotProductAttention,
} from './attention/scaled_dot_product_attention.js';
export {
  type Memory,
  type ReadOptions,
  ScoredAttention,
  type ScoredAttentionArgs,
  type StepOptions,
} from './attention/scored_attention.js';
export {
  StaticMixing,
  type StaticMixingArgs,
  staticMixing,
  staticMixingRank,
} from './attention/static_mixing.js';
export type { AttentionTraits, Paper } from './attention/traits.js';
export { Block, type BlockArgs, type NormPlacement } from './block/block.js';
export { DecoderBlock, type DecoderBlockArgs, decoderBlock } from './block/decoder_block.js';
export {
  EarlyExit,
  type EarlyExitArgs,
  type Exited,
  type ExitOptions,
  earlyExit,
} from './block/early_exit.js';
export { type BlockStep, EncoderBlock, type EncoderBlockArgs, encoderBlock } from './block/encoder_block.js';
export { LayerDrop, type LayerDropArgs, layerDrop } from './block/layer_drop.js';
export { PatchEmbedding, type PatchEmbeddingArgs, patchEmbedding } from './embedding/patch_embedding.js';
export {
  TokenAndPositionEmbedding,
  type TokenAndPositionEmbeddingArgs,
  tokenAndPositionEmbedding,
} from './embedding/token_and_position_embedding.js';
export { TokenEmbedding, type TokenEmbeddingArgs, tokenEmbedding } from './embedding/token_embedding.js';
export { FeedForward, type FeedForwardArgs, feedForward } from './feed_forward/feed_forward.js';
export {
  GatedFeedForward,
  type GatedFeedForwardArgs,
  gatedFeedForward,
} from './feed_forward/gated_feed_forward.js';
export { Linear, type LinearArgs, linear } from './feed_forward/linear.js';
export { Activate, type ActivateArgs, activate } from './head/activate.js';
export { Bias, bias } from './head/bias.js';
export { FirstPosition, firstPosition } from './head/first_position.js';
export { LastToken, lastToken } from './head/last_token.js';
export { normal as normalInitializer, withoutDrawing } from './initializers.js';
export { Layer } from './layer.js';
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type ElementWeights,
} from './loss/binary_cross_entropy.js';
export { type CrossEntropyOptions, crossEntropy } from './loss/cross_entropy.js';
export { meanSquaredError } from './loss/mean_squared_error.js';
export { causalMask } from './mask/causal_mask.js';
export { andMasks, notMask, orMasks } from './mask/combine_masks.js';
export { documentMask } from './mask/document_mask.js';
export type { Lengths } from './mask/lengths.js';
export { lengthsMask } from './mask/lengths_mask.js';
export { paddingMask } from './mask/padding_mask.js';
export { prefixMask } from './mask/prefix_mask.js';
export { type WindowMaskOptions, windowMask } from './mask/window_mask.js';
export { LayerNorm, type LayerNormArgs, layerNorm } from './norm/layer_norm.js';
export { RMSNorm, type RMSNormArgs, rmsNorm } from './norm/rms_norm.js';
export { Entmax15, type Entmax15Args, entmax15 } from './normalization/entmax15.js';
export { Gumbel, type GumbelArgs, gumbel } from './normalization/gumbel.js';
export {
  KeyWeightedSoftmax,
  type KeyWeightedSoftmaxArgs,
  keyWeightedSoftmax,
} from './normalization/key_weighted_softmax.js';
export { Normalization, type NormalizeOptions } from './normalization/normalization.js';
export type { NormalizationName } from './normalization/normalization_of.js';
export { Sigmoid, type SigmoidArgs, sigmoid } from './normalization/sigmoid.js';
export { Softmax, type SoftmaxArgs, softmax } from './normalization/softmax.js';
export { Sparsemax, type SparsemaxArgs, sparsemax } from './normalization/sparsemax.js';
export {
  WeightedSoftmax,
  type WeightedSoftmaxArgs,
  weightedSoftmax,
} from './normalization/weighted_softmax.js';
export type { Activation } from './ops/activation.js';
export type { AttentionMask } from './ops/mask.js';
export { AlibiPositions, type AlibiPositionsArgs, alibiPositions } from './position/alibi_positions.js';
export { AttentionPositions } from './position/attention_positions.js';
export { BiasPositions } from './position/bias_positions.js';
export {
  LearnedPositions,
  type LearnedPositionsArgs,
  learnedPositions,
} from './position/learned_positions.js';
export {
  LearnedPositions2D,
  type LearnedPositions2DArgs,
  learnedPositions2D,
} from './position/learned_positions_2d.js';
export { Positions, type PositionsArgs } from './position/positions.js';
export { Positions2D, type Positions2DArgs } from './position/positions_2d.js';
export { RelativeBias, type RelativeBiasArgs, relativeBias } from './position/relative_bias.js';
export type { RotaryScaling } from './position/rotary_frequencies.js';
export {
  type RotaryLayout,
  RotaryPositions,
  type RotaryPositionsArgs,
  rotaryPositions,
} from './position/rotary_positions.js';
export {
  SinusoidalPositions,
  type SinusoidalPositionsArgs,
  sinusoidalPositions,
} from './position/sinusoidal_positions.js';
export {
  SinusoidalPositions2D,
  type SinusoidalPositions2DArgs,
  sinusoidalPositions2D,
} from './position/sinusoidal_positions_2d.js';
export { type SinusoidalLayout, sinusoidalTable } from './position/sinusoidal_table.js';
export { BahdanauDecoder, bahdanauDecoder } from './recurrent/bahdanau_decoder.js';
export type { CellName } from './recurrent/cells.js';
export { ContextDecoder, contextDecoder } from './recurrent/context_decoder.js';
export { GRU, type GRUArgs, gru } from './recurrent/gru.js';
export { GRUCell, type GRUCellArgs, gruCell } from './recurrent/gru_cell.js';
export { LSTM, type LSTMArgs, lstm } from './recurrent/lstm.js';
export { LSTMCell, type LSTMCellArgs, lstmCell } from './recurrent/lstm_cell.js';
export { LuongDecoder, type LuongDecoderArgs, luongDecoder } from './recurrent/luong_decoder.js';
export { PastAttention, type PastAttentionArgs, pastAttention } from './recurrent/past_attention.js';
export { RecurrentCell, type RecurrentCellArgs } from './recurrent/recurrent_cell.js';
export { RecurrentDecoder, type RecurrentDecoderArgs } from './recurrent/recurrent_decoder.js';
export { type Direction, RecurrentLayer, type RecurrentLayerArgs } from './recurrent/recurrent_layer.js';
export { Dropout, type DropoutArgs, dropout } from './regularization/dropout.js';
