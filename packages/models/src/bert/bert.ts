import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { MultipleChoice } from '../encoder/heads/multiple_choice.js';
import { NextSentence, nextSentenceHead } from '../encoder/heads/next_sentence.js';
import { PairPretraining, type PairPretrainingOutput } from '../encoder/heads/pair_pretraining.js';
import { QuestionAnswering } from '../encoder/heads/question_answering.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { TokenClassification } from '../encoder/heads/token_classification.js';
import { type BertConfig, bertSchema } from './config.js';
import { bert, pooler } from './family.js';

/** @see BaseEncoder */
export class BertModel extends BaseEncoder<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertModel';
}

/** @see MaskedLM */
export class BertForMaskedLM extends MaskedLM<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForMaskedLM';
}

/** @see NextSentence */
export class BertForNextSentencePrediction extends NextSentence<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForNextSentencePrediction';
}

/** @see SequenceClassification */
export class BertForSequenceClassification extends SequenceClassification<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForSequenceClassification';
}

/** @see TokenClassification */
export class BertForTokenClassification extends TokenClassification<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForTokenClassification';
}

/** @see QuestionAnswering */
export class BertForQuestionAnswering extends QuestionAnswering<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForQuestionAnswering';
}

/** @see MultipleChoice */
export class BertForMultipleChoice extends MultipleChoice<BertConfig> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForMultipleChoice';
}
/** BERT as it was trained first. @see PairPretraining */
export class BertForPreTraining extends PairPretraining<
  BertConfig,
  Omit<PairPretrainingOutput, 'sopLogits'>
> {
  static readonly modelType = 'bert';
  static readonly schema = bertSchema;
  static readonly family = bert;
  static readonly architecture = 'BertForPreTraining';
  protected override readonly pair = { label: 'nextSentenceLabel', logits: 'seqRelationshipLogits' } as const;

  protected override makePairHead() {
    return nextSentenceHead(pooler(this.config));
  }
}
