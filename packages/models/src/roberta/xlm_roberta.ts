import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type RobertaConfig, xlmRobertaSchema } from './config.js';
import { roberta } from './family.js';

/** @see BaseEncoder */
export class XLMRobertaModel extends BaseEncoder<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaModel';
}

/** @see MaskedLM */
export class XLMRobertaForMaskedLM extends MaskedLM<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaForMaskedLM';
}

/** @see SequenceClassification */
export class XLMRobertaForSequenceClassification extends SequenceClassification<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaForSequenceClassification';
}

/** @see TokenClassification */
export class XLMRobertaForTokenClassification extends TokenClassification<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaForTokenClassification';
}

/** @see QuestionAnswering */
export class XLMRobertaForQuestionAnswering extends QuestionAnswering<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaForQuestionAnswering';
}

/** @see MultipleChoice */
export class XLMRobertaForMultipleChoice extends MultipleChoice<RobertaConfig> {
  static readonly modelType = 'xlm-roberta';
  static readonly schema = xlmRobertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'XLMRobertaForMultipleChoice';
}
