export { AutoModelForSeq2SeqLM } from './auto.js';
export type { AttentionMap, GenerationConfig, GenerationOutput } from './generation/config.js';
export { layersModelFiles } from './layers_model_files.js';
export { Model } from './model.js';
export { type AttentionTable, attentionTable } from './pipelines/attention_table.js';
export {
  type Translation,
  type TranslationOptions,
  TranslationPipeline,
} from './pipelines/translation.js';
export type { RnnSeq2SeqConfig, RnnSeq2SeqOptions } from './rnn_seq2seq/config.js';
export { RnnSeq2Seq } from './rnn_seq2seq/rnn_seq2seq.js';
export {
  type ForwardOptions,
  type Seq2SeqConfig,
  type Seq2SeqInputs,
  Seq2SeqModel,
  type Seq2SeqOutput,
} from './seq2seq.js';
export type { TransformerSeq2SeqConfig, TransformerSeq2SeqOptions } from './transformer_seq2seq/config.js';
export { TransformerSeq2Seq } from './transformer_seq2seq/transformer_seq2seq.js';
