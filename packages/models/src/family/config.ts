import { z } from 'zod';
import { type ModelConfig, positiveInteger, tokenId } from '../config.js';
import { checkKnownKeys } from '../known_keys.js';

/** What the configuration of every model of a family has. */
export interface FamilyConfig extends ModelConfig {
  vocabSize: number;
  padTokenId: number | null;
  /** Standard deviation of the first weights; null, where each layer has its own way to begin. */
  initializerRange: number | null;
  /** Whether logits of tokens are products with the embeddings. */
  tieWordEmbeddings: boolean;
  /** Names of the classes. */
  id2label?: Record<string, string> | undefined;
  label2id?: Record<string, number> | undefined;
  /** How sequences are classified; by default as the labels say. */
  problemType?: ProblemType | null | undefined;
  /** What its config.json has that no model here reads, under the keys there; it is written as it was. */
  otherKeys?: Record<string, unknown> | undefined;
}

export type ProblemType = (typeof problemTypes)[number];

const problemTypes = ['regression', 'single_label_classification', 'multi_label_classification'] as const;

/** The keys that every configuration has; `modelType` and sizes are the architecture's. */
const commonKeys = {
  architectures: z.array(z.string()).default([]),
  padTokenId: tokenId.nullable().default(0),
  initializerRange: z.number().nonnegative('must not be negative').default(0.02),
  tieWordEmbeddings: z.boolean().default(true),
  /** How many classes there are, where they have no names. */
  numLabels: positiveInteger.optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  label2id: z.record(z.string(), z.number()).optional(),
  problemType: z.enum(problemTypes).nullish(),
  otherKeys: z.record(z.string(), z.unknown()).optional(),
};

/**
 * The schema of a configuration: `numLabels` becomes names of classes, and each size is checked against those that it has to
 * go with.
 *
 * @param divides the keys of a number of heads and of the width that it divides, where it must
 */
export function familySchema<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  divides?: readonly [heads: keyof Shape & string, width: keyof Shape & string],
): FamilySchema<typeof commonKeys & Shape> {
  const schema = z
    .strictObject({ ...commonKeys, ...shape })
    .superRefine((config, context) => {
      const fail = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [path], message });
      const values = config as unknown as Record<string, number>;
      const [heads, width] = divides ?? [];
      if (heads && width && values[width]! % values[heads]! !== 0) {
        fail(heads, `must divide ${width} ${values[width]}`);
      }
      const { padTokenId, vocabSize, id2label, numLabels } = config as unknown as FamilyConfig & {
        numLabels?: number;
      };
      if (padTokenId !== null && padTokenId >= vocabSize)
        fail('padTokenId', `must be below vocabSize ${vocabSize}`);
      const ids = Object.keys(id2label ?? {});
      if (ids.some((id) => !(Number(id) < ids.length && /^\d+$/.test(id)))) {
        fail('id2label', `must name the classes from 0 to ${ids.length - 1}`);
      }
      if (numLabels !== undefined && id2label && numLabels !== ids.length) {
        fail('numLabels', `must be the number of names in id2label, ${ids.length}`);
      }
    })
    .transform(({ numLabels, label2id, ...config }: Record<string, unknown>) => {
      const { id2label } = config as unknown as FamilyConfig;
      const names =
        id2label ??
        (numLabels === undefined
          ? undefined
          : Object.fromEntries(Array.from({ length: numLabels as number }, (_, i) => [i, `LABEL_${i}`])));
      if (!names) return config;
      const ids = Object.fromEntries(Object.entries(names).map(([id, label]) => [label, Number(id)]));
      return { ...config, id2label: names, label2id: id2label && label2id ? label2id : ids };
    });
  return schema as unknown as FamilySchema<typeof commonKeys & Shape>;
}

/** The type of a configuration has the keys that are known alone. */
type FamilySchema<Shape extends z.core.$ZodLooseShape> = z.ZodType<
  { [K in keyof z.output<z.ZodObject<Shape>> as Exclude<K, 'numLabels'>]: z.output<z.ZodObject<Shape>>[K] },
  z.input<z.ZodObject<Shape>>
>;

/** The keys of a schema's configuration, for `ModelClass.configKeys`. */
export function keysOf(shape: object): ReadonlySet<string> {
  const { otherKeys: _, ...common } = commonKeys;
  return new Set(['modelType', ...Object.keys(common), ...Object.keys(shape)]);
}

/**
 * What else sizes are called, where an architecture has a name of its own for them.
 *
 * @see `attribute_map` of DistilBertConfig and GPT2Config in Hugging Face's library
 */
const aliases: Readonly<Record<string, readonly string[]>> = {
  hiddenSize: ['dim', 'nEmbd'],
  numAttentionHeads: ['nHeads', 'nHead'],
  numHiddenLayers: ['nLayers', 'nLayer'],
  maxPositionEmbeddings: ['nPositions'],
};

/** The aliases that keys have, and the key of each. */
const aliasesOf = (keys: ReadonlySet<string>): Map<string, string> =>
  new Map(
    Object.entries(aliases).flatMap(([alias, names]) => {
      const own = names.find((name) => keys.has(name));
      return own !== undefined && !keys.has(alias) ? [[alias, own] as const] : [];
    }),
  );

/** Keys of a schema, with the aliases that files may have for them. */
export const fileKeysOf = (keys: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...keys, ...aliasesOf(keys).keys()]);

/**
 * A file's configuration with what a caller changes, as a schema of those keys takes it. As in Hugging Face's library an alias
 * counts more than a key, and another number of classes does away with their names; other names, with their numbers.
 *
 * @param saved as `knownKeys` has it
 * @throws RangeError naming a key of the caller that is not known, and the one that was probably meant.
 */
export function mergedConfig(
  saved: Record<string, unknown>,
  changes: Record<string, unknown>,
  keys: ReadonlySet<string>,
): Record<string, unknown> {
  const others = aliasesOf(keys);
  checkKnownKeys('config', changes, [...keys, ...others.keys(), 'otherKeys']);
  const renamed = (config: Record<string, unknown>) => ({
    ...Object.fromEntries(Object.entries(config).filter(([key]) => !others.has(key))),
    ...Object.fromEntries([...others].flatMap(([key, own]) => (key in config ? [[own, config[key]]] : []))),
  });
  const file: Record<string, unknown> = fromFile(renamed(saved));
  const given = Object.entries(renamed(changes)).filter(([, value]) => value !== undefined);
  const own: Record<string, unknown> = Object.fromEntries(given);
  const hasOtherNames =
    own.id2label !== undefined ||
    (own.numLabels !== undefined && own.numLabels !== Object.keys(file.id2label ?? {}).length);
  if (!hasOtherNames) return { ...file, ...own };
  const { numLabels: _, id2label: __, label2id: ___, ...rest } = file;
  return { ...rest, ...own };
}

/** Keys that are null in files where they say nothing; for others null is a value. */
const silent = ['modelType', 'architectures', 'numLabels', 'id2label', 'label2id', 'positionEmbeddingType'];

/**
 * What a file says, as a schema has it. Another number of classes does away with their names, as in Hugging Face's library; names
 * may be numbers, and their ids texts. Ids that are no numbers at all are left out.
 */
function fromFile(saved: Record<string, unknown>): Record<string, unknown> {
  const config = Object.fromEntries(
    Object.entries(saved).filter(([key, value]) => value !== null || !silent.includes(key)),
  );
  if (isObject(config.id2label)) {
    const { numLabels } = config;
    if (numLabels !== undefined && numLabels !== Object.keys(config.id2label).length) {
      delete config.id2label;
      delete config.label2id;
      return config;
    }
    delete config.numLabels;
    config.id2label = mapValues(config.id2label, (name) => (typeof name === 'number' ? String(name) : name));
  }
  if (isObject(config.label2id)) {
    config.label2id = mapValues(config.label2id, (id) =>
      typeof id === 'string' ? Number.parseInt(id, 10) : id,
    );
    if (Object.values(config.label2id as object).some(Number.isNaN)) delete config.label2id;
  }
  return config;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (values: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
