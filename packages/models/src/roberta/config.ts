import { z } from 'zod';
import { bertKeys } from '../bert/config.js';
import { positiveInteger, tokenId } from '../config.js';
import { encoderConfigKeys, encoderSchema } from '../encoder/config.js';

const keys = {
  ...bertKeys,
  vocabSize: positiveInteger.default(50265),
  padTokenId: tokenId.default(1),
};

/** The same schema for each of the three names. */
const schemaOf = <Name extends string>(name: Name) =>
  encoderSchema({ modelType: z.literal(name).default(name as never), ...keys }, [
    'numAttentionHeads',
    'hiddenSize',
  ]).superRefine((config, context) => {
    const { maxPositionEmbeddings, padTokenId } = config as {
      maxPositionEmbeddings: number;
      padTokenId: number;
    };
    if (maxPositionEmbeddings > padTokenId + 1) return;
    context.addIssue({
      code: 'custom',
      path: ['maxPositionEmbeddings'],
      message: `must be above ${padTokenId + 1}, as positions begin behind the row of padTokenId ${padTokenId}`,
    });
  });

export const robertaSchema = schemaOf('roberta');
export const xlmRobertaSchema = schemaOf('xlm-roberta');
export const camembertSchema = schemaOf('camembert');
export const robertaConfigKeys = encoderConfigKeys(keys);

/** Configuration of RoBERTa's models, of XLM-RoBERTa's and of CamemBERT's. */
export type RobertaConfig =
  | z.output<typeof robertaSchema>
  | z.output<typeof xlmRobertaSchema>
  | z.output<typeof camembertSchema>;
/** What `fromConfig` takes: all has a default, that of roberta-base but for maxPositionEmbeddings and typeVocabSize. */
export type RobertaOptions = z.input<typeof robertaSchema>;
