import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type DistilBertConfig, distilBertSchema } from './config.js';
import { distilBert } from './family.js';

/** @see BaseEncoder */
export class DistilBertModel extends BaseEncoder<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertModel';
}

/** @see MaskedLM */
export class DistilBertForMaskedLM extends MaskedLM<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertForMaskedLM';
}

/** @see SequenceClassification */
export class DistilBertForSequenceClassification extends SequenceClassification<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertForSequenceClassification';
}

/** @see TokenClassification */
export class DistilBertForTokenClassification extends TokenClassification<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertForTokenClassification';
}

/** @see QuestionAnswering */
export class DistilBertForQuestionAnswering extends QuestionAnswering<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertForQuestionAnswering';
}

/** @see MultipleChoice */
export class DistilBertForMultipleChoice extends MultipleChoice<DistilBertConfig> {
  static readonly modelType = 'distilbert';
  static readonly schema = distilBertSchema;
  static readonly family = distilBert;
  static readonly architecture = 'DistilBertForMultipleChoice';
}
