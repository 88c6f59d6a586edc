import type { FamilyConfig } from './config.js';
import type { ModelFamily } from './family.js';
import { moduleOf, savedParts } from './weight_map.js';

/** A model, as far as the names of its parameters go. */
export interface NamedModel<C extends FamilyConfig> {
  readonly family: ModelFamily<C>;
  readonly config: C;
  /** The configuration of the file, where `config` differs from it. */
  readonly savedConfig?: C | undefined;
  /** Its class's name in config.json. */
  readonly architecture: string;
  /** Its parameters' names in its own checkpoints. */
  readonly own: readonly string[];
  /** Whether it has no head: its own names have no prefix, and a file need not have its pooler. */
  readonly isBase: boolean;
}

/** What becomes of the names of a checkpoint and of a model. */
export interface CheckpointNames {
  /** The parameter that takes a tensor of the file. */
  readonly matched: ReadonlyMap<string, string>;
  /** Tensors of the file that are left out: those of other heads, of layers that are not there, and buffers. */
  readonly ignored: ReadonlySet<string>;
  /** Tensors of the file that are of no part. */
  readonly unknown: ReadonlySet<string>;
  /** Parameters that the file does not have, and that begin at random. */
  readonly fresh: ReadonlySet<string>;
  /** Parameters that the file must have, but does not. */
  readonly lacking: ReadonlySet<string>;
}

const buffer = /(^|\.)(position_ids|token_type_ids)$/;

/**
 * Which tensor of a file each parameter takes, as Hugging Face's library loads it:
 *
 * - a file may be of the body alone, whose names have no prefix, or have the names of old files, gamma and beta;
 * - a tied tensor may be there under another name, and an untied bias under that of the tied one;
 * - other heads, and a pooler that is not used, are left out; so are unknown heads if the file is of another class;
 * - layers that the file's own configuration has, and the model's has not, are left out;
 * - what a file of another class lacks of the head, or a file without a head of the pooler, begins at random.
 *
 * There all that differs is a warning; here the rest is an error, as `unknown` and `lacking` say.
 */
export function checkpointNames<C extends FamilyConfig>(
  names: Iterable<string>,
  { family, config, savedConfig = config, architecture, own, isBase }: NamedModel<C>,
): CheckpointNames {
  const { duplicates } = family;
  const wholeName = wholeNames(family);
  const begin = `${family.prefix}.`;
  const isPooler = (whole: string) => whole.startsWith(`${begin}pooler.`);
  const isBody = (whole: string) => whole.startsWith(begin) && !isPooler(whole);
  const isOfSameClass = savedConfig.architectures.includes(architecture);

  const parameters = new Map(own.map((name) => [wholeName(name), name]));
  const saved = new Map([...names].map((name) => [name, wholeName(name)]));
  const there = new Set(saved.values());

  /** The parameter that may be there under that name too. */
  const twinOf = (whole: string) =>
    [duplicates[whole], ...Object.keys(duplicates).filter((name) => duplicates[name] === whole)].find(
      (name) => name !== undefined && parameters.has(name),
    );
  const partOf = savedParts(family.weights);
  const blocks = new Set([config, savedConfig].flatMap((each) => family.savedBlocks(each)));
  const isLeftOut = (whole: string) => {
    const part = partOf(whole);
    if (part === undefined) return !isOfSameClass && !isBody(whole);
    return !isBody(whole) || blocks.has(part.split('/')[0]!);
  };

  const matched = new Map<string, string>();
  const [ignored, unknown] = [new Set<string>(), new Set<string>()];
  for (const [name, whole] of saved) {
    const twin = twinOf(whole);
    if (buffer.test(name) || family.buffers?.test(name)) ignored.add(name);
    else if (parameters.has(whole)) matched.set(name, parameters.get(whole)!);
    else if (twin !== undefined && !there.has(twin)) matched.set(name, parameters.get(twin)!);
    else if (twin !== undefined || isLeftOut(whole)) ignored.add(name);
    else unknown.add(name);
  }

  const found = new Set(matched.values());
  const [fresh, lacking] = [new Set<string>(), new Set<string>()];
  for (const [whole, name] of parameters) {
    if (found.has(name)) continue;
    const mayLack = (isBase && isPooler(whole)) || (!isOfSameClass && !isBody(whole));
    (mayLack ? fresh : lacking).add(name);
  }
  return { matched, ignored, unknown, fresh, lacking };
}

/**
 * Names that checkpoints have for a parameter besides its own, though nothing reads them: the bias of tied logits where they are
 * untied. Older versions of Hugging Face's library read it in the place of the other.
 */
export function idleNames(
  { duplicates }: Pick<ModelFamily<never>, 'duplicates'>,
  own: readonly string[],
): Map<string, string> {
  const names = new Set(own);
  return new Map(
    Object.entries(duplicates).filter(([untied, tied]) => names.has(untied) && !names.has(tied)),
  );
}

/** A name as files of models with a head have it now. */
function wholeNames({
  prefix,
  weights,
}: Pick<ModelFamily<never>, 'prefix' | 'weights'>): (name: string) => string {
  const begin = `${prefix}.`;
  const modules = Object.values(weights)
    .map(moduleOf)
    .filter((name) => name.startsWith(begin));
  const tops = new Set(modules.map((name) => name.slice(begin.length).split('.')[0]!));
  return (name) => {
    const now = name
      .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
      .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
    return tops.has(now.split('.')[0]!) ? begin + now : now;
  };
}
