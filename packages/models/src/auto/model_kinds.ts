import type { BaseDecoder } from '../decoder/base_decoder.js';
import type { CausalClassification } from '../decoder/causal_classification.js';
import type { BaseEncoder } from '../encoder/heads/base_encoder.js';
import type { SequenceClassification } from '../encoder/heads/sequence_classification.js';

/** A model without a head: what it gives are states of tokens. */
// biome-ignore lint/suspicious/noExplicitAny: each has a configuration of its own
export type BaseModel = BaseEncoder<any> | BaseDecoder<any>;

/** A model that classifies whole texts. */
export type TextClassifier = SequenceClassification | CausalClassification;
