import type { BaseDecoder } from '../decoder/base_decoder.js';
import type { CausalClassification } from '../decoder/causal_classification.js';
import type { BaseEncoder } from '../encoder/heads/base_encoder.js';
import type { SequenceClassification } from '../encoder/heads/sequence_classification.js';

/** A model without a head: what it gives are states of tokens. */
export type BaseModel = BaseEncoder | BaseDecoder;

/** A model that classifies whole texts. */
export type TextClassifier = SequenceClassification | CausalClassification;
