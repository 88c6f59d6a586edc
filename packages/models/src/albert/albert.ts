import { Dropout, Linear } from '@chui/layers';
import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { PairPretraining, type PairPretrainingOutput } from '../encoder/heads/pair_pretraining.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type AlbertConfig, albertSchema } from './config.js';
import { albert, pooler } from './family.js';

/** @see BaseEncoder */
export class AlbertModel extends BaseEncoder<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertModel';
}

/** @see MaskedLM */
export class AlbertForMaskedLM extends MaskedLM<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForMaskedLM';
}

/** @see SequenceClassification */
export class AlbertForSequenceClassification extends SequenceClassification<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForSequenceClassification';
}

/** @see TokenClassification */
export class AlbertForTokenClassification extends TokenClassification<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForTokenClassification';
}

/** @see QuestionAnswering */
export class AlbertForQuestionAnswering extends QuestionAnswering<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForQuestionAnswering';
}

/** @see MultipleChoice */
export class AlbertForMultipleChoice extends MultipleChoice<AlbertConfig> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForMultipleChoice';
}
/** ALBERT as it was trained first. @see PairPretraining */
export class AlbertForPreTraining extends PairPretraining<
  AlbertConfig,
  Omit<PairPretrainingOutput, 'seqRelationshipLogits'>
> {
  static readonly modelType = 'albert';
  static readonly schema = albertSchema;
  static readonly family = albert;
  static readonly architecture = 'AlbertForPreTraining';
  protected override readonly pair = { label: 'sentenceOrderLabel', logits: 'sopLogits' } as const;

  protected override makePairHead() {
    return [
      ...pooler(this.config),
      new Dropout({ name: 'sentence_order_dropout', rate: this.config.classifierDropoutProb ?? 0 }),
      new Linear({ name: 'sentence_order', units: this.numLabels }),
    ];
  }
}
