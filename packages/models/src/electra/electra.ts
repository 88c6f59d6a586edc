import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { ReplacedToken } from '../encoder/heads/replaced_token.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type ElectraConfig, electraSchema } from './config.js';
import { electra } from './family.js';

/** @see BaseEncoder */
export class ElectraModel extends BaseEncoder<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraModel';
}

/** @see MaskedLM */
export class ElectraForMaskedLM extends MaskedLM<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForMaskedLM';
}

/** @see SequenceClassification */
export class ElectraForSequenceClassification extends SequenceClassification<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForSequenceClassification';
}

/** @see TokenClassification */
export class ElectraForTokenClassification extends TokenClassification<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForTokenClassification';
}

/** @see QuestionAnswering */
export class ElectraForQuestionAnswering extends QuestionAnswering<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForQuestionAnswering';
}

/** @see MultipleChoice */
export class ElectraForMultipleChoice extends MultipleChoice<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForMultipleChoice';
}
/** ELECTRA's discriminator. @see ReplacedToken */
export class ElectraForPreTraining extends ReplacedToken<ElectraConfig> {
  static readonly modelType = 'electra';
  static readonly schema = electraSchema;
  static readonly family = electra;
  static readonly architecture = 'ElectraForPreTraining';
}
