export {
  attendCachedInPlace,
  attendsCachedInPlace,
  type CachedAttentionOperands,
} from './attend_cached_in_place.js';
export { type AttentionOperands, attendInOnePass, attendsInOnePass } from './attend_in_one_pass.js';
export { dropout } from './dropout.js';
export { checkIds, embeddingLookup, type Ids } from './embedding_lookup.js';
export { gelu } from './gelu.js';
export { layerNorm } from './layer_norm.js';
export { linear } from './linear.js';
export { type LstmState, type LstmWeights, lstm, lstmCell } from './lstm.js';
export { lstmStep } from './lstm_step.js';
export { recompute } from './recompute.js';
export { sparseSoftmaxCrossEntropy } from './sparse_softmax_cross_entropy.js';
