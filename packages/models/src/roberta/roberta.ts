import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type RobertaConfig, robertaSchema } from './config.js';
import { roberta } from './family.js';

/** @see BaseEncoder */
export class RobertaModel extends BaseEncoder<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaModel';
}

/** @see MaskedLM */
export class RobertaForMaskedLM extends MaskedLM<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaForMaskedLM';
}

/** @see SequenceClassification */
export class RobertaForSequenceClassification extends SequenceClassification<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaForSequenceClassification';
}

/** @see TokenClassification */
export class RobertaForTokenClassification extends TokenClassification<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaForTokenClassification';
}

/** @see QuestionAnswering */
export class RobertaForQuestionAnswering extends QuestionAnswering<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaForQuestionAnswering';
}

/** @see MultipleChoice */
export class RobertaForMultipleChoice extends MultipleChoice<RobertaConfig> {
  static readonly modelType = 'roberta';
  static readonly schema = robertaSchema;
  static readonly family = roberta;
  static readonly architecture = 'RobertaForMultipleChoice';
}
