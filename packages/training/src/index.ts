export type { Batch, BatchArray, BatchLoader, CollatedBatch, DataCollator } from './data/batch.js';
export type { BatchOptions } from './data/batch_options.js';
export { Batches } from './data/batches.js';
export { type AnswerLogits, type BestAnswersOptions, bestAnswers } from './data/best_answers.js';
export { dataCollatorForCausalWindows } from './data/collators/data_collator_for_causal_windows.js';
export {
  dataCollatorForLanguageModeling,
  type LanguageModelingOptions,
} from './data/collators/data_collator_for_language_modeling.js';
export {
  dataCollatorForMaskedLanguageModeling,
  type MaskableExample,
  type MaskedLanguageModelingOptions,
} from './data/collators/data_collator_for_masked_language_modeling.js';
export { dataCollatorForMultipleChoice } from './data/collators/data_collator_for_multiple_choice.js';
export {
  dataCollatorForSeq2Seq,
  type Seq2SeqCollatorOptions,
} from './data/collators/data_collator_for_seq2seq.js';
export {
  dataCollatorForTokenClassification,
  type TokenExample,
} from './data/collators/data_collator_for_token_classification.js';
export {
  dataCollatorWithPadding,
  type PaddingCollatorOptions,
  type PaddingIds,
} from './data/collators/data_collator_with_padding.js';
export { ExampleError } from './data/collators/example_error.js';
export type { Dataset } from './data/dataset.js';
export { type DatePair, type DatePairsOptions, datePairs } from './data/dates/date_pairs.js';
export { DATE_FORMS, type DateForm } from './data/dates/grammar.js';
export { type ChoicesExample, type EncodeChoicesOptions, encodeChoices } from './data/encode_choices.js';
export {
  type AnswerWindow,
  type ContextQuestion,
  type EncodedQuestions,
  type EncodeQuestionsOptions,
  encodeQuestions,
  type QuestionExample,
  strideFor,
} from './data/encode_questions.js';
export {
  type EncodeTagsOptions,
  encodeTags,
  type TagExample,
  tagEncoder,
  type WordTokenizer,
} from './data/encode_tags.js';
export {
  type EncodeTextsOptions,
  encodeTexts,
  type TextExample,
  type TextTokenizer,
  textEncoder,
} from './data/encode_texts.js';
export type { ExampleSource } from './data/example_stream.js';
export { type EncodePairsOptions, type Encoder, type Example, encodePairs } from './data/examples.js';
export { IGNORED_LABEL } from './data/ignored_label.js';
export {
  type CausalWindow,
  type CausalWindowsOptions,
  causalWindows,
} from './data/language_modeling/causal_windows.js';
export { encodeText } from './data/language_modeling/encode_text.js';
export { type DocumentMarks, joinDocuments } from './data/language_modeling/join_documents.js';
export { type RandomWindowsOptions, randomWindows } from './data/language_modeling/random_windows.js';
export type { LengthLimitOptions } from './data/length_limit.js';
export { type NextSentencesOptions, nextSentences, type SentencePair } from './data/next_sentences.js';
export type { Pair, PairSplits, Split } from './data/pair.js';
export { type MaskedWindowsOptions, maskedWindows } from './data/pretraining/masked_windows.js';
export {
  type NextSentenceExample,
  type NextSentenceWindowsOptions,
  nextSentenceWindows,
} from './data/pretraining/next_sentence_windows.js';
export { encodeDocument, type PlainTokenizer, type WordTokens } from './data/pretraining/word_tokens.js';
export { StreamBatches, type StreamBatchesOptions } from './data/stream_batches.js';
export { type TokenWindow, type TokenWindowsOptions, tokenWindows } from './data/token_windows.js';
export { type BleuOptions, type BleuScore, bleu, sentenceBleu } from './metrics/bleu.js';
export { type ChrfOptions, chrf, sentenceChrf } from './metrics/chrf.js';
export {
  type AverageOptions,
  accuracy,
  balancedAccuracy,
  type ClassLabel,
  type ConfusionMatrix,
  cohenKappa,
  confusionMatrix,
  matthewsCorrelation,
  precisionRecallF1,
  scoresByClass,
} from './metrics/classification.js';
export { type EntitiesOptions, type Entity, entitiesOf, type TagScheme } from './metrics/entities.js';
export { exactMatch } from './metrics/exact_match.js';
export {
  type LanguageModelScores,
  languageModelScores,
  type TextSize,
} from './metrics/language_model_scores.js';
export { type LabelSets, type MultiLabelScores, multiLabelScores } from './metrics/multi_label.js';
export { type Perplexity, type PerplexityOptions, perplexity } from './metrics/perplexity.js';
export type { PrecisionRecall } from './metrics/precision_recall.js';
export { averagePrecision, rocAuc } from './metrics/ranking.js';
export type { References } from './metrics/references.js';
export { meanAbsoluteError, meanSquaredError, pearson, r2, spearman } from './metrics/regression.js';
export { type RougeOptions, type RougeScore, type RougeType, rouge, sentenceRouge } from './metrics/rouge.js';
export { type EntityScore, type SeqevalScore, seqeval } from './metrics/seqeval.js';
export { normalizeAnswer, type SquadOptions, type SquadScore, squad } from './metrics/squad.js';
export {
  type AdaptiveResults,
  type AdaptiveRow,
  adaptiveRecipe,
  type LookUpRow,
  runAdaptiveRecipe,
} from './recipes/adaptive/adaptive_recipe.js';
export type { AdaptiveRecipe } from './recipes/adaptive/character_model.js';
export { CharacterText } from './recipes/adaptive/character_text.js';
export {
  LanguageModeling,
  type LanguageModelingInputs,
  languageModelingScores,
  textSize,
} from './recipes/language_modeling.js';
export {
  type LengthScore,
  scoreTranslator,
  type TextScore,
  type TranslationScore,
} from './recipes/score_translator.js';
export { SentenceSimilarity, type SimilarityInputs } from './recipes/sentence_similarity.js';
export {
  TextPretraining,
  type TextPretrainingInputs,
  type TextPretrainingScores,
  textPretrainingScores,
} from './recipes/text_pretraining.js';
export { type PlainTrainingArgs, trainingArgsSchema } from './recipes/training_args_schema.js';
export {
  headsFor,
  type TokenKind,
  type TrainedTranslator,
  type TranslatorKind,
  type TranslatorRecipe,
  tokenKindOf,
  trainTranslator,
} from './recipes/translation.js';
export { constantSchedule } from './schedules/constant_schedule.js';
export { cosineSchedule } from './schedules/cosine_schedule.js';
export { inverseSqrtSchedule } from './schedules/inverse_sqrt_schedule.js';
export { linearSchedule } from './schedules/linear_schedule.js';
export { type PolynomialOptions, polynomialSchedule } from './schedules/polynomial_schedule.js';
export type { DecayOptions, Schedule, ScheduleOptions } from './schedules/schedule.js';
export type { TrainingArgs } from './trainer/args.js';
export type {
  EpochReport,
  Evaluation,
  EvaluationReport,
  RunStart,
  SaveReport,
  StepReport,
  TrainerCallback,
  TrainResult,
} from './trainer/callback.js';
export type {
  Checkpoint,
  CheckpointStore,
  CheckpointTensor,
  CheckpointTensors,
  Progress,
} from './trainer/checkpoint.js';
export type { PredictionsOf } from './trainer/eval_step.js';
export type { ComputeMetrics, PredictedEvaluation } from './trainer/evaluate_model.js';
export type { LayersModelLoss } from './trainer/layers_model.js';
export type { BatchTensors, TrainableModel, TrainableOutput } from './trainer/model.js';
export type { TrainerOptimizer } from './trainer/optimizer.js';
export type { Nested, Predictions } from './trainer/predictions.js';
export { Trainer, type TrainerOptions } from './trainer/trainer.js';
