import {
  AlbertForMaskedLM,
  AlbertForMultipleChoice,
  AlbertForPreTraining,
  AlbertForQuestionAnswering,
  AlbertForSequenceClassification,
  AlbertForTokenClassification,
  AlbertModel,
} from '../albert/albert.js';
import {
  BertForMaskedLM,
  BertForMultipleChoice,
  BertForNextSentencePrediction,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  BertModel,
} from '../bert/bert.js';
import type { CausalLM } from '../decoder/causal_lm.js';
import {
  DistilBertForMaskedLM,
  DistilBertForMultipleChoice,
  DistilBertForQuestionAnswering,
  DistilBertForSequenceClassification,
  DistilBertForTokenClassification,
  DistilBertModel,
} from '../distilbert/distilbert.js';
import {
  ElectraForMaskedLM,
  ElectraForMultipleChoice,
  ElectraForPreTraining,
  ElectraForQuestionAnswering,
  ElectraForSequenceClassification,
  ElectraForTokenClassification,
  ElectraModel,
} from '../electra/electra.js';
import type { MaskedLM } from '../encoder/heads/masked_lm.js';
import type { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import type { NextSentence } from '../encoder/heads/next_sentence.js';
import type { QuestionAnswering } from '../encoder/heads/question_answering.js';
import type { TokenClassification } from '../encoder/heads/token_classification.js';
import { GPTNeoXForCausalLM, GPTNeoXForSequenceClassification, GPTNeoXModel } from '../gpt_neox/gpt_neox.js';
import { GPT2ForSequenceClassification, GPT2LMHeadModel, GPT2Model } from '../gpt2/gpt2.js';
import { LlamaForCausalLM, LlamaForSequenceClassification, LlamaModel } from '../llama/llama.js';
import { MistralForCausalLM, MistralForSequenceClassification, MistralModel } from '../mistral/mistral.js';
import { OPTForCausalLM, OPTForSequenceClassification, OPTModel } from '../opt/opt.js';
import { Qwen2ForCausalLM, Qwen2ForSequenceClassification, Qwen2Model } from '../qwen2/qwen2.js';
import { RnnForCausalLM } from '../rnn_lm/rnn_lm.js';
import { RnnSeq2Seq } from '../rnn_seq2seq/rnn_seq2seq.js';
import {
  CamembertForMaskedLM,
  CamembertForMultipleChoice,
  CamembertForQuestionAnswering,
  CamembertForSequenceClassification,
  CamembertForTokenClassification,
  CamembertModel,
} from '../roberta/camembert.js';
import {
  RobertaForMaskedLM,
  RobertaForMultipleChoice,
  RobertaForQuestionAnswering,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  RobertaModel,
} from '../roberta/roberta.js';
import {
  XLMRobertaForMaskedLM,
  XLMRobertaForMultipleChoice,
  XLMRobertaForQuestionAnswering,
  XLMRobertaForSequenceClassification,
  XLMRobertaForTokenClassification,
  XLMRobertaModel,
} from '../roberta/xlm_roberta.js';
import type { Seq2SeqModel } from '../seq2seq.js';
import { TransformerSeq2Seq } from '../transformer_seq2seq/transformer_seq2seq.js';
import { autoClass } from './auto_class.js';
import type { BaseModel, TextClassifier } from './model_kinds.js';

/** A model without a head: an encoder, or a decoder. */
export const AutoModel = autoClass<BaseModel>('AutoModel', [
  BertModel,
  DistilBertModel,
  RobertaModel,
  XLMRobertaModel,
  CamembertModel,
  AlbertModel,
  ElectraModel,
  GPT2Model,
  LlamaModel,
  MistralModel,
  Qwen2Model,
  GPTNeoXModel,
  OPTModel,
]);

/** An encoder that says which token stands at each position. */
export const AutoModelForMaskedLM = autoClass<MaskedLM>('AutoModelForMaskedLM', [
  BertForMaskedLM,
  DistilBertForMaskedLM,
  RobertaForMaskedLM,
  XLMRobertaForMaskedLM,
  CamembertForMaskedLM,
  AlbertForMaskedLM,
  ElectraForMaskedLM,
]);

/** An encoder with the heads that it was trained with first; those that have no class of their own for that, as a `MaskedLM`. */
export const AutoModelForPreTraining = autoClass<
  BertForPreTraining | AlbertForPreTraining | ElectraForPreTraining | MaskedLM
>('AutoModelForPreTraining', [
  BertForPreTraining,
  DistilBertForMaskedLM,
  RobertaForMaskedLM,
  XLMRobertaForMaskedLM,
  CamembertForMaskedLM,
  AlbertForPreTraining,
  ElectraForPreTraining,
]);

/** An encoder that says whether the second of two texts follows the first. */
export const AutoModelForNextSentencePrediction = autoClass<NextSentence>(
  'AutoModelForNextSentencePrediction',
  [BertForNextSentencePrediction],
);

/** A model that classifies texts, or pairs of them. */
export const AutoModelForSequenceClassification = autoClass<TextClassifier>(
  'AutoModelForSequenceClassification',
  [
    BertForSequenceClassification,
    DistilBertForSequenceClassification,
    RobertaForSequenceClassification,
    XLMRobertaForSequenceClassification,
    CamembertForSequenceClassification,
    AlbertForSequenceClassification,
    ElectraForSequenceClassification,
    GPT2ForSequenceClassification,
    LlamaForSequenceClassification,
    MistralForSequenceClassification,
    Qwen2ForSequenceClassification,
    GPTNeoXForSequenceClassification,
    OPTForSequenceClassification,
  ],
);

/** An encoder that classifies tokens. */
export const AutoModelForTokenClassification = autoClass<TokenClassification>(
  'AutoModelForTokenClassification',
  [
    BertForTokenClassification,
    DistilBertForTokenClassification,
    RobertaForTokenClassification,
    XLMRobertaForTokenClassification,
    CamembertForTokenClassification,
    AlbertForTokenClassification,
    ElectraForTokenClassification,
  ],
);

/** An encoder that finds an answer in a text. */
export const AutoModelForQuestionAnswering = autoClass<QuestionAnswering>('AutoModelForQuestionAnswering', [
  BertForQuestionAnswering,
  DistilBertForQuestionAnswering,
  RobertaForQuestionAnswering,
  XLMRobertaForQuestionAnswering,
  CamembertForQuestionAnswering,
  AlbertForQuestionAnswering,
  ElectraForQuestionAnswering,
]);

/** An encoder that scores choices. */
export const AutoModelForMultipleChoice = autoClass<MultipleChoice>('AutoModelForMultipleChoice', [
  BertForMultipleChoice,
  DistilBertForMultipleChoice,
  RobertaForMultipleChoice,
  XLMRobertaForMultipleChoice,
  CamembertForMultipleChoice,
  AlbertForMultipleChoice,
  ElectraForMultipleChoice,
]);

/** An encoder-decoder. */
export const AutoModelForSeq2SeqLM = autoClass<Seq2SeqModel>('AutoModelForSeq2SeqLM', [
  RnnSeq2Seq,
  TransformerSeq2Seq,
]);

/** A decoder that says what comes next. */
export const AutoModelForCausalLM = autoClass<CausalLM>('AutoModelForCausalLM', [
  GPT2LMHeadModel,
  LlamaForCausalLM,
  MistralForCausalLM,
  Qwen2ForCausalLM,
  GPTNeoXForCausalLM,
  OPTForCausalLM,
  RnnForCausalLM,
]);
