import { attentionContract } from '../../../../test/support/attention_contract.js';
import { additiveAttention } from './additive_attention.js';
import { dotProductAttention } from './dot_product_attention.js';
import { generalAttention } from './general_attention.js';
import { multiHeadAttention } from './multi_head_attention.js';
import { projectedDotProductAttention } from './projected_dot_product_attention.js';
import { scaledDotProductAttention } from './scaled_dot_product_attention.js';

attentionContract('AdditiveAttention', {
  make: (args) => additiveAttention({ units: 3, ...args }),
  widths: [2, 3, 4],
});
attentionContract('AdditiveAttention without a bias, with another activation', {
  make: (args) => additiveAttention({ units: 3, activation: 'sigmoid', useBias: false, ...args }),
  widths: [2, 3, 4],
});
attentionContract('GeneralAttention', { make: generalAttention, widths: [2, 3, 4] });
attentionContract('DotProductAttention', { make: dotProductAttention, widths: [3, 3, 4] });
attentionContract('ScaledDotProductAttention', { make: scaledDotProductAttention, widths: [3, 3, 4] });
attentionContract('ScaledDotProductAttention of another scale', {
  make: (args) => scaledDotProductAttention({ scale: 0.7, ...args }),
  widths: [3, 3, 4],
});
attentionContract('ProjectedDotProductAttention', {
  make: (args) => projectedDotProductAttention({ units: 3, ...args }),
  widths: [2, 3, 4],
});
attentionContract('MultiHeadAttention', {
  make: (args) => multiHeadAttention({ numHeads: 2, keyDim: 2, ...args }),
  widths: [5, 3, 4],
  contextWidth: 5,
  heads: 2,
});
attentionContract('MultiHeadAttention of other widths, without biases', {
  make: (args) =>
    multiHeadAttention({ numHeads: 2, keyDim: 2, valueDim: 3, outputDim: 4, useBias: false, ...args }),
  widths: [5, 3, 4],
  contextWidth: 4,
  heads: 2,
});
