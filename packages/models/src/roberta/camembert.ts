import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { camembertSchema, type RobertaConfig } from './config.js';
import { roberta } from './family.js';

/** @see BaseEncoder */
export class CamembertModel extends BaseEncoder<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertModel';
}

/** @see MaskedLM */
export class CamembertForMaskedLM extends MaskedLM<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertForMaskedLM';
}

/** @see SequenceClassification */
export class CamembertForSequenceClassification extends SequenceClassification<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertForSequenceClassification';
}

/** @see TokenClassification */
export class CamembertForTokenClassification extends TokenClassification<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertForTokenClassification';
}

/** @see QuestionAnswering */
export class CamembertForQuestionAnswering extends QuestionAnswering<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertForQuestionAnswering';
}

/** @see MultipleChoice */
export class CamembertForMultipleChoice extends MultipleChoice<RobertaConfig> {
  static readonly modelType = 'camembert';
  static readonly schema = camembertSchema;
  static readonly family = roberta;
  static readonly architecture = 'CamembertForMultipleChoice';
}
