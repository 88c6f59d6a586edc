export * from './albert/albert.js';
export type { AlbertConfig, AlbertOptions } from './albert/config.js';
export { albertPresets } from './albert/presets.js';
export type { AutoClass } from './auto/auto_class.js';
export * from './auto/auto_models.js';
export type { BaseModel, TextClassifier } from './auto/model_kinds.js';
export { type ModelSizes, readModelSizes } from './auto/model_sizes.js';
export * from './bert/bert.js';
export type { BertConfig, BertOptions } from './bert/config.js';
export { bertPresets } from './bert/presets.js';
export type { SaveOptions } from './checkpoint.js';
export { BaseDecoder, type BaseDecoderOutput } from './decoder/base_decoder.js';
export {
  CausalClassification,
  type CausalClassificationInputs,
  type CausalClassificationOutput,
} from './decoder/causal_classification.js';
export { CausalLM, type CausalLMInputs, type CausalLMOutput } from './decoder/causal_lm.js';
export {
  type DecoderForwardOptions,
  type DecoderInputs,
  DecoderModel,
  type DecoderOutput,
} from './decoder/decoder_model.js';
export type { DecoderConfig } from './decoder/family.js';
export type { DistilBertConfig, DistilBertOptions } from './distilbert/config.js';
export * from './distilbert/distilbert.js';
export { distilBertPresets } from './distilbert/presets.js';
export type { ElectraConfig, ElectraOptions } from './electra/config.js';
export * from './electra/electra.js';
export { electraPresets } from './electra/presets.js';
export type { EncoderConfig } from './encoder/config.js';
export {
  type EncoderForwardOptions,
  type EncoderInputs,
  EncoderModel,
  type EncoderOutput,
} from './encoder/encoder_model.js';
export { BaseEncoder, type BaseEncoderOutput } from './encoder/heads/base_encoder.js';
export { MaskedLM, type MaskedLMInputs, type MaskedLMOutput } from './encoder/heads/masked_lm.js';
export {
  MultipleChoice,
  type MultipleChoiceInputs,
  type MultipleChoiceOutput,
} from './encoder/heads/multiple_choice.js';
export {
  NextSentence,
  type NextSentenceInputs,
  type NextSentenceOutput,
} from './encoder/heads/next_sentence.js';
export {
  PairPretraining,
  type PairPretrainingInputs,
  type PairPretrainingOutput,
} from './encoder/heads/pair_pretraining.js';
export {
  QuestionAnswering,
  type QuestionAnsweringInputs,
  type QuestionAnsweringOutput,
} from './encoder/heads/question_answering.js';
export {
  ReplacedToken,
  type ReplacedTokenInputs,
  type ReplacedTokenOutput,
} from './encoder/heads/replaced_token.js';
export {
  SequenceClassification,
  type SequenceClassificationInputs,
  type SequenceClassificationOutput,
} from './encoder/heads/sequence_classification.js';
export {
  TokenClassification,
  type TokenClassificationInputs,
  type TokenClassificationOutput,
} from './encoder/heads/token_classification.js';
export type { FamilyConfig, ProblemType } from './family/config.js';
export type { Labels } from './family/labels.js';
export type {
  AttentionMap,
  GenerationConfig,
  GenerationOutput,
  StoppingCriterion,
} from './generation/config.js';
export { KeyValueCache } from './generation/key_value_cache.js';
export { atLeastSoLong, forcedFirst, forcedLast, suppressAtBegin } from './generation/lengths.js';
export type { LogitsProcessor, ProcessorContext } from './generation/logits_processor.js';
export {
  countPenalty,
  noBadWords,
  noRepeatNgrams,
  repetitionPenalty,
  suppressTokens,
} from './generation/penalties.js';
export {
  epsilonCutoff,
  etaCutoff,
  minP,
  temperature,
  topK,
  topP,
  typicalP,
} from './generation/warpers.js';
export type { GPTNeoXConfig, GPTNeoXOptions } from './gpt_neox/config.js';
export * from './gpt_neox/gpt_neox.js';
export { gptNeoXPresets } from './gpt_neox/presets.js';
export type { GPT2Config, GPT2Options } from './gpt2/config.js';
export * from './gpt2/gpt2.js';
export { gpt2Presets } from './gpt2/presets.js';
export { checkKnownKeys } from './known_keys.js';
export { type LayersModelFilesOptions, layersModelFiles } from './layers_model_files.js';
export type { LlamaConfig, LlamaOptions } from './llama/config.js';
export * from './llama/llama.js';
export { llamaPresets } from './llama/presets.js';
export type { LoraConfig, LoraOptions } from './lora/config.js';
export { applyLora, loadLora } from './lora/lora.js';
export { LoraAdapter } from './lora/lora_adapter.js';
export type { MistralConfig, MistralOptions } from './mistral/config.js';
export * from './mistral/mistral.js';
export { mistralPresets } from './mistral/presets.js';
export { type LoadOptions, Model, type PretrainedOptions } from './model.js';
export type { OPTConfig, OPTOptions } from './opt/config.js';
export * from './opt/opt.js';
export { optPresets } from './opt/presets.js';
export { type AttentionTable, attentionTable } from './pipelines/attention_table.js';
export type { Features } from './pipelines/feature_extraction.js';
export type { FilledMask } from './pipelines/fill_mask.js';
export {
  type PipelineOf,
  type PipelineOptions,
  type PipelineParts,
  type PipelineTask,
  pipeline,
} from './pipelines/pipeline.js';
export type { Answer, Question } from './pipelines/question_answering.js';
export type { ClassifiedText, TextLabel } from './pipelines/text_classification.js';
export type { GeneratedText, Prompt } from './pipelines/text_generation.js';
export type { AggregationStrategy, TokenEntity } from './pipelines/token_entities.js';
export {
  type Translation,
  type TranslationOptions,
  TranslationPipeline,
} from './pipelines/translation.js';
export type { ZeroShotResult } from './pipelines/zero_shot_classification.js';
export type { Qwen2Config, Qwen2Options } from './qwen2/config.js';
export { qwen2Presets } from './qwen2/presets.js';
export * from './qwen2/qwen2.js';
export type { RnnLMConfig, RnnLMOptions } from './rnn_lm/config.js';
export { RnnForCausalLM } from './rnn_lm/rnn_lm.js';
export type { RnnSeq2SeqConfig, RnnSeq2SeqOptions } from './rnn_seq2seq/config.js';
export { RnnSeq2Seq } from './rnn_seq2seq/rnn_seq2seq.js';
export * from './roberta/camembert.js';
export type { RobertaConfig, RobertaOptions } from './roberta/config.js';
export { robertaPresets } from './roberta/presets.js';
export * from './roberta/roberta.js';
export * from './roberta/xlm_roberta.js';
export {
  type SentenceEncodeOptions,
  SentenceTransformer,
} from './sentence_transformer/sentence_transformer.js';
export {
  type ForwardOptions,
  type Seq2SeqConfig,
  type Seq2SeqInputs,
  Seq2SeqModel,
  type Seq2SeqOutput,
} from './seq2seq.js';
export type { TransformerSeq2SeqConfig, TransformerSeq2SeqOptions } from './transformer_seq2seq/config.js';
export { TransformerSeq2Seq } from './transformer_seq2seq/transformer_seq2seq.js';
