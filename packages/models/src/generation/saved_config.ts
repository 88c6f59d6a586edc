import type { ModelFiles } from '@chui/hub';
import { camelKeys, readJson, snakeKeys } from '../config.js';
import { type GenerationConfig, generationOptions } from './config.js';

const FILE = 'generation_config.json';

/** Options that a file cannot hold, and those that say what `generate` returns. */
const OF_CALLS: ReadonlySet<string> = new Set([
  ...['logitsProcessors', 'stoppingCriteria', 'assistantModel', 'pastKeyValues', 'signal'],
  ...['returnDictInGenerate', 'outputScores', 'outputAttentions'],
]);

const OF_FILES: ReadonlySet<string> = new Set(
  Object.keys(generationOptions).filter((name) => !OF_CALLS.has(name)),
);

/** Options that say something only with others. */
const OF_SAMPLING = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'epsilonCutoff',
  'etaCutoff',
  'seed',
] as const;
const OF_BEAMS = ['lengthPenalty', 'earlyStopping', 'numBeamGroups', 'diversityPenalty'] as const;

/** How a model generates unless a caller says otherwise, and what else its generation_config.json has. */
export interface SavedGeneration {
  readonly options: GenerationConfig;
  readonly otherKeys: Readonly<Record<string, unknown>>;
}

/** What a model's files say, if they do. @throws Error naming the file if it is no JSON object. */
export async function readGenerationConfig(files: ModelFiles): Promise<SavedGeneration | undefined> {
  if (!(await files.has(FILE))) return undefined;
  const entries = Object.entries(camelKeys(await readJson(files, FILE), OF_FILES));
  return {
    options: Object.fromEntries(entries.filter(([key, value]) => OF_FILES.has(key) && value !== null)),
    otherKeys: Object.fromEntries(entries.filter(([key]) => !OF_FILES.has(key))),
  };
}

/** The file, by name; none where there is nothing to say. */
export function generationConfigFile({ options, otherKeys }: SavedGeneration): Record<string, string> {
  const own = Object.entries(options).filter(([key, value]) => OF_FILES.has(key) && value !== undefined);
  const config = { ...otherKeys, ...snakeKeys(Object.fromEntries(own)) };
  if (Object.keys(config).length === 0) return {};
  return { [FILE]: `${JSON.stringify(config, null, 2)}\n` };
}

/**
 * What a caller says, and in its absence the model's defaults, but for those that do not go with what the caller says: of sampling
 * where nothing is drawn, of beams where there are none. Lengths are left to the caller.
 */
export function withDefaults(defaults: GenerationConfig, given: GenerationConfig): GenerationConfig {
  const { numBeams = 1, penaltyAlpha } = given;
  const doSample =
    given.doSample ?? (numBeams === 1 && penaltyAlpha === undefined && defaults.doSample === true);
  const beams = given.numBeams ?? (doSample || penaltyAlpha !== undefined ? 1 : (defaults.numBeams ?? 1));
  const alpha = penaltyAlpha ?? (doSample || beams > 1 ? undefined : defaults.penaltyAlpha);
  const useless = new Set<string>([
    ...['maxLength', 'maxNewTokens'],
    ...(doSample
      ? []
      : ['doSample', ...OF_SAMPLING.filter((name) => !(alpha !== undefined && name === 'topK'))]),
    ...(beams > 1 ? [] : ['numBeams', ...OF_BEAMS]),
    ...(alpha === undefined ? ['penaltyAlpha'] : []),
    ...((given.promptLookupNumTokens ?? defaults.promptLookupNumTokens) ? [] : ['maxMatchingNgramSize']),
    ...(given.assistantModel ? [] : ['numAssistantTokens']),
  ]);
  const own = Object.entries(defaults).filter(([name]) => !useless.has(name));
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...own, ...said]);
}
