import { z } from 'zod';
import { type ModelConfig, positiveInteger, tokenId } from '../config.js';

/** What the configuration of every encoder has. */
export interface EncoderConfig extends ModelConfig {
  vocabSize: number;
  padTokenId: number | null;
  /** Standard deviation of the first weights. */
  initializerRange: number;
  /** Whether logits of tokens are products with the embeddings. */
  tieWordEmbeddings: boolean;
  /** Names of the classes. */
  id2label?: Record<string, string> | undefined;
  label2id?: Record<string, number> | undefined;
  /** How sequences are classified; by default as the labels say. */
  problemType?: ProblemType | null | undefined;
}

export type ProblemType = (typeof problemTypes)[number];

const problemTypes = ['regression', 'single_label_classification', 'multi_label_classification'] as const;

/** The keys that every encoder's configuration has; `modelType` and sizes are the architecture's. */
export const commonKeys = {
  architectures: z.array(z.string()).default([]),
  padTokenId: tokenId.nullable().default(0),
  initializerRange: z.number().nonnegative('must not be negative').default(0.02),
  tieWordEmbeddings: z.boolean().default(true),
  /** How many classes there are, where they have no names. */
  numLabels: positiveInteger.optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  label2id: z.record(z.string(), z.number()).optional(),
  problemType: z.enum(problemTypes).nullish(),
  // What would be another model.
  isDecoder: z.literal(false, 'must be false: this is an encoder').optional(),
  addCrossAttention: z.literal(false, 'must be false: this is an encoder').optional(),
  positionEmbeddingType: z
    .literal('absolute', 'must be absolute: relative positions of BERT are not supported')
    .optional(),
};

/**
 * The schema of a configuration: other keys are kept, `numLabels` becomes names of classes, and each size is checked
 * against those that it has to go with.
 *
 * @param divides the keys of a number of heads and of the width that it divides
 */
export function encoderSchema<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  [heads, width]: readonly [heads: keyof Shape & string, width: keyof Shape & string],
): EncoderSchema<typeof commonKeys & Shape> {
  const schema = z
    .looseObject({ ...commonKeys, ...shape })
    .superRefine((config, context) => {
      const values = config as unknown as Record<string, number>;
      if (values[width]! % values[heads]! !== 0) {
        context.addIssue({ code: 'custom', path: [heads], message: `must divide ${width} ${values[width]}` });
      }
      const { padTokenId, vocabSize, id2label, numLabels } = config as unknown as EncoderConfig & {
        numLabels?: number;
      };
      if (padTokenId !== null && padTokenId >= vocabSize) {
        context.addIssue({
          code: 'custom',
          path: ['padTokenId'],
          message: `must be below vocabSize ${vocabSize}`,
        });
      }
      const ids = Object.keys(id2label ?? {});
      if (ids.some((id) => !(Number(id) < ids.length && /^\d+$/.test(id)))) {
        context.addIssue({
          code: 'custom',
          path: ['id2label'],
          message: `must name the classes from 0 to ${ids.length - 1}`,
        });
      }
      if (numLabels !== undefined && id2label && numLabels !== ids.length) {
        context.addIssue({
          code: 'custom',
          path: ['numLabels'],
          message: `must be the number of names in id2label, ${ids.length}`,
        });
      }
    })
    .transform(({ numLabels, ...config }: Record<string, unknown>) => {
      const { id2label, label2id } = config as unknown as EncoderConfig;
      const names =
        id2label ??
        (numLabels === undefined
          ? undefined
          : Object.fromEntries(Array.from({ length: numLabels as number }, (_, i) => [i, `LABEL_${i}`])));
      if (!names) return config;
      const ids = Object.fromEntries(Object.entries(names).map(([id, label]) => [label, Number(id)]));
      return { ...config, id2label: names, label2id: id2label && label2id ? label2id : ids };
    });
  return schema as unknown as EncoderSchema<typeof commonKeys & Shape>;
}

/** The type of a configuration has the keys that are known alone. */
type EncoderSchema<Shape extends z.core.$ZodLooseShape> = z.ZodType<
  { [K in keyof z.output<z.ZodObject<Shape>> as Exclude<K, 'numLabels'>]: z.output<z.ZodObject<Shape>>[K] },
  z.input<z.ZodObject<Shape>>
>;

/** The keys of a schema's configuration, for `ModelClass.configKeys`. */
export const keysOf = (shape: object): ReadonlySet<string> =>
  new Set(['modelType', ...Object.keys(commonKeys), ...Object.keys(shape)]);
