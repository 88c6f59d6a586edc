import type { ModelFiles } from '@chui/hub';
import { shown } from '../shown.js';
import { jsonFile, moduleFiles, readSettings } from './module_files.js';
import { checkSimilarity, type SimilarityName } from './similarity.js';

/** What files of a sentence transformer say besides its modules. */
export interface SentenceSettings {
  /** Tokens of a text that are read, special ones included. */
  readonly maxSeqLength?: number | undefined;
  /** Whether texts are read in small letters, whatever the tokenizer does. */
  readonly doLowerCase: boolean;
  /** What may be put before a text, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** The prompt of texts that no other is asked for. */
  readonly defaultPromptName?: string | undefined;
  readonly similarity: SimilarityName;
}

/** Files of old versions are named after the encoder. */
const encoderSettings = [
  'sentence_bert_config.json',
  ...['roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta'].map(
    (name) => `sentence_${name}_config.json`,
  ),
];
const modelSettings = 'config_sentence_transformers.json';

/**
 * Reads sentence_bert_config.json and config_sentence_transformers.json, either of which may be missing.
 *
 * @param path the encoder's folder
 * @throws Error naming the file, the key, the rule and the value.
 */
export async function readSentenceSettings(files: ModelFiles, path: string): Promise<SentenceSettings> {
  const own = moduleFiles(files, path);
  let name = encoderSettings[0]!;
  for (const each of [...encoderSettings].reverse()) if (await own.has(each)) name = each;
  const { max_seq_length: length, do_lower_case: lower } = await readSettings(own, name);
  if (length !== undefined && length !== null && !(Number.isInteger(length) && (length as number) > 0)) {
    throw new RangeError(
      `${own.name}/${name}: max_seq_length must be a positive integer, but is ${JSON.stringify(length)}`,
    );
  }
  const source = `${files.name}/${modelSettings}`;
  const settings = await readSettings(files, modelSettings);
  const prompts = (settings.prompts ?? {}) as Record<string, string>;
  if (typeof prompts !== 'object' || Array.isArray(prompts)) {
    throw new TypeError(`${source}: prompts must be an object of texts, but is ${shown(prompts)}`);
  }
  const wrong = Object.entries(prompts).find(([, prompt]) => typeof prompt !== 'string');
  if (wrong) {
    throw new TypeError(`${source}: prompts must be texts, but ${wrong[0]} is ${shown(wrong[1])}`);
  }
  const defaultPromptName = (settings.default_prompt_name ?? undefined) as string | undefined;
  if (defaultPromptName !== undefined && !Object.hasOwn(prompts, defaultPromptName)) {
    throw new RangeError(
      `${source}: default_prompt_name must be one of ${Object.keys(prompts).join(', ')}, but is ${defaultPromptName}`,
    );
  }
  const similarity = (settings.similarity_fn_name ?? 'cosine') as SimilarityName;
  checkSimilarity(`${source}: similarity_fn_name`, similarity);
  return {
    maxSeqLength: (length ?? undefined) as number | undefined,
    doLowerCase: lower === true,
    prompts,
    defaultPromptName,
    similarity,
  };
}

/** The files that say so. */
export const settingsFiles = (settings: SentenceSettings): Record<string, string> => ({
  'sentence_bert_config.json': jsonFile({
    max_seq_length: settings.maxSeqLength ?? null,
    do_lower_case: settings.doLowerCase,
  }),
  [modelSettings]: jsonFile({
    prompts: settings.prompts,
    default_prompt_name: settings.defaultPromptName ?? null,
    similarity_fn_name: settings.similarity,
  }),
});
