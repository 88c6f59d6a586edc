import { z } from 'zod';
import { parseConfig, positiveInteger, tokenId } from '../config.js';
import type { AssistantModel } from './assistant_model.js';
import { KeyValueCache } from './key_value_cache.js';
import type { LogitsProcessor, ProcessorContext } from './logits_processor.js';

const wholeNumber = z.int('must be a whole number').nonnegative('must not be negative');
const tokens = z.array(tokenId);
const share = z.number().gt(0, 'must be above 0').max(1, 'must be at most 1');
const cutoff = z.number().nonnegative('must not be negative').lt(1, 'must be below 1');
const functions = z.array(z.custom<never>((value) => typeof value === 'function', 'must be a function'));

/** Whether a sequence ends with what was chosen last. */
export type StoppingCriterion = (context: ProcessorContext) => boolean;

/** What `generate` takes. Names, meanings and defaults are Hugging Face's, in camelCase; the rest says so. */
export const generationOptions = {
  /** Longest sequence, the prompt or start id included; the model's own where neither this nor maxNewTokens is given. */
  maxLength: positiveInteger.optional(),
  /** Most tokens that are chosen, in the place of maxLength. */
  maxNewTokens: positiveInteger.optional(),
  /** Lengths before which no sequence ends, with and without the prompt. */
  minLength: wholeNumber.default(0),
  minNewTokens: wholeNumber.default(0),
  /** What ends a sequence; the configuration's where it is not given. */
  eosTokenId: z.union([tokenId, tokens]).optional(),
  /** Taken as Hugging Face's callers give it; nothing stands behind a sequence that has ended here. */
  padTokenId: tokenId.optional(),

  /** Whether tokens are drawn by their probabilities, instead of the likeliest being chosen. */
  doSample: z.boolean().default(false),
  temperature: z.number().gt(0, 'must be above 0').default(1),
  /** Tokens with the highest scores that may be drawn; all, where it is 0. */
  topK: wholeNumber.default(0),
  topP: share.default(1),
  minP: cutoff.optional(),
  typicalP: share.default(1),
  epsilonCutoff: cutoff.optional(),
  etaCutoff: cutoff.optional(),
  /** Makes what is drawn repeat. By default the numbers go on from those of `setSeed`. */
  seed: z.int('must be a whole number').optional(),

  repetitionPenalty: z.number().gt(0, 'must be above 0').default(1),
  /** Taken from a score for each time that its token was chosen, and once. OpenAI's, not Hugging Face's. */
  frequencyPenalty: z.number().default(0),
  presencePenalty: z.number().default(0),
  noRepeatNgramSize: wholeNumber.default(0),
  badWordsIds: z.array(tokens.min(1, 'must have sequences of at least one id')).default([]),
  suppressTokens: tokens.default([]),
  beginSuppressTokens: tokens.default([]),
  forcedBosTokenId: tokenId.optional(),
  forcedEosTokenId: z.union([tokenId, tokens]).optional(),
  /** Functions that change scores, after those of the options and before what draws. */
  logitsProcessors: functions.default([]),
  /** Functions that end a sequence, besides the tokens that do. */
  stoppingCriteria: functions.default([]),

  /** Hypotheses kept for each input. */
  numBeams: positiveInteger.default(1),
  /** Groups that the beams are divided into, and what a token that another group chose costs. */
  numBeamGroups: positiveInteger.default(1),
  diversityPenalty: z.number().nonnegative('must not be negative').default(0),
  /** Sequences returned for each input: of beams at most numBeams. */
  numReturnSequences: positiveInteger.default(1),
  /** A beam's score is Σ log p / length^lengthPenalty. */
  lengthPenalty: z.number().default(1),
  /**
   * When a beam search ends: true, as soon as `numBeams` hypotheses have ended; false, when none that is running can do better at
   * its present length; 'never', when none can do better at any length.
   */
  earlyStopping: z.union([z.boolean(), z.literal('never')]).default(false),

  /**
   * Contrastive search, with topK of 2 and more and without doSample: what it costs a token, from 0 to 1, that its state is like one
   * before it.
   */
  penaltyAlpha: z.number().gt(0, 'must be above 0').max(1, 'must be at most 1').optional(),
  /** A smaller model with the same vocabulary, which guesses what is chosen, so that several guesses are checked in one step. */
  assistantModel: z
    .custom<AssistantModel>(
      (value) => typeof (value as AssistantModel)?.startDecoding === 'function',
      'must be a decoder',
    )
    .optional(),
  /** Most tokens that it guesses at a time. */
  numAssistantTokens: positiveInteger.default(5),
  /** The same without a model: tokens that are guessed because they followed the last ones, maxMatchingNgramSize at most, earlier. */
  promptLookupNumTokens: positiveInteger.optional(),
  maxMatchingNgramSize: positiveInteger.default(2),
  /** What was read before, to be read no more; what is read now is put into it. Of a single sequence. */
  pastKeyValues: z.instanceof(KeyValueCache, { error: 'must be a KeyValueCache' }).optional(),

  /** Return a `GenerationOutput` instead of the ids alone, and what it has besides them. */
  returnDictInGenerate: z.boolean().default(false),
  outputScores: z.boolean().default(false),
  outputAttentions: z.boolean().default(false),
  /** Ends the generation between two steps: the promise is rejected with the signal's reason. */
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
};

const schema = z.strictObject(generationOptions);

/** How `generate` decodes. */
export type GenerationConfig = Omit<z.input<typeof schema>, 'logitsProcessors' | 'stoppingCriteria'> & {
  logitsProcessors?: readonly LogitsProcessor[] | undefined;
  stoppingCriteria?: readonly StoppingCriterion[] | undefined;
};

/** A `GenerationConfig` in which nothing is missing that has a default, and lengths are those of sequences. */
export type FullGenerationConfig = Omit<
  z.output<typeof schema>,
  'maxLength' | 'maxNewTokens' | 'eosTokenId' | 'logitsProcessors' | 'stoppingCriteria'
> & {
  readonly maxLength: number;
  /** What ends a sequence; there may be nothing. */
  readonly ends: readonly number[];
  readonly logitsProcessors: readonly LogitsProcessor[];
  readonly stoppingCriteria: readonly StoppingCriterion[];
};

/** What `generate` gives with `returnDictInGenerate`. Entry i of each list belongs to sequence i. */
export interface GenerationOutput {
  /** Ids, the prompt or start id first, the end id last unless the greatest length came before it. */
  sequences: number[][];
  /** Σ log p / length^lengthPenalty of each sequence; with beams only. */
  sequencesScores?: number[];
  /** With `outputScores`, of each sequence: the scores (V) of each token that was chosen, as the processors left them. */
  scores?: Float32Array[][];
  /**
   * With `outputAttentions`, of decoders: `attentions[sequence][layer]` has the shape (heads, L − 1, L − 1) for the L ids of the sequence
   * without what stands before its prompt; row t is what the choice of its id t + 1 attended to.
   */
  attentions?: AttentionMap[][];
  /**
   * Cross attention: `crossAttentions[sequence][layer]` has the shape (heads, steps, S), row-major; step t is the one
   * that chose `sequences[sequence][t + 1]`.
   */
  crossAttentions?: AttentionMap[][];
}

/** Attention weights in host memory: `values[(head * steps + step) * slots + slot]`. */
export interface AttentionMap {
  values: Float32Array;
  heads: number;
  steps: number;
  slots: number;
}

/** What is known of the model, and of what it goes on from. */
export interface GenerationLimits {
  /** Length of the prompt, or 1 of a start id. */
  readonly promptLength: number;
  /** Of sequences, where the caller says nothing. */
  readonly maxLength: number;
  /** Ids of the vocabulary that is generated. */
  readonly vocabSize: number;
  readonly eosTokenId?: number | readonly number[] | null | undefined;
}

/** Options that say how tokens are drawn. */
const ofSampling = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'epsilonCutoff',
  'etaCutoff',
  'seed',
] as const;

type Refuse = (name: string, rule: string, value: unknown) => void;

/** Options that say which way tokens are searched, of which one excludes others. */
function checkWays(
  config: z.output<typeof schema>,
  given: GenerationConfig,
  vocabSize: number,
  refuse: Refuse,
): void {
  const { penaltyAlpha, assistantModel, promptLookupNumTokens, topK } = config;
  const way = penaltyAlpha
    ? 'penaltyAlpha'
    : assistantModel
      ? 'assistantModel'
      : promptLookupNumTokens && 'promptLookupNumTokens';
  if (way) {
    for (const name of ['numBeams', 'numReturnSequences'] as const) {
      if (config[name] > 1) refuse(name, `must be 1 where ${way} is given`, config[name]);
    }
  }
  if (penaltyAlpha) {
    if (config.doSample) refuse('doSample', 'must be false where penaltyAlpha is given', true);
    if (topK < 2 || topK > vocabSize) {
      refuse('topK', `must be from 2 to ${vocabSize} where penaltyAlpha is given`, topK);
    }
    const other = (['assistantModel', 'promptLookupNumTokens', 'pastKeyValues'] as const).find(
      (name) => config[name],
    );
    if (other) refuse(other, 'must be left out where penaltyAlpha is given', 'given');
  }
  if (assistantModel && promptLookupNumTokens) {
    refuse('promptLookupNumTokens', 'must be left out where assistantModel is given', promptLookupNumTokens);
  }
  const size = assistantModel?.config.vocabSize ?? vocabSize;
  if (size !== vocabSize) refuse('assistantModel', `must have the vocabulary of ${vocabSize} tokens`, size);
  if (!assistantModel && given.numAssistantTokens !== undefined) {
    refuse('numAssistantTokens', 'must go with assistantModel', given.numAssistantTokens);
  }
  if (!promptLookupNumTokens && given.maxMatchingNgramSize !== undefined) {
    refuse('maxMatchingNgramSize', 'must go with promptLookupNumTokens', given.maxMatchingNgramSize);
  }
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function generationConfig(given: GenerationConfig, limits: GenerationLimits): FullGenerationConfig {
  const { promptLength, vocabSize } = limits;
  const { eosTokenId, maxLength, maxNewTokens, ...config } = parseConfig(schema, given, 'generate');
  const refuse: Refuse = (name, rule, value) => {
    throw new RangeError(`generate: ${name} ${rule}, but is ${value}`);
  };
  if (maxLength !== undefined && maxNewTokens !== undefined) {
    refuse('maxNewTokens', 'must be left out where maxLength is given', maxNewTokens);
  }
  const most = maxLength ?? (maxNewTokens === undefined ? limits.maxLength : promptLength + maxNewTokens);
  if (most <= promptLength) {
    refuse('maxLength', `must be above the length ${promptLength} of what it goes on from`, most);
  }
  if (config.minLength > most) refuse('minLength', `must be at most maxLength ${most}`, config.minLength);
  if (promptLength + config.minNewTokens > most) {
    refuse(
      'minNewTokens',
      `must leave room in maxLength ${most} behind ${promptLength}`,
      config.minNewTokens,
    );
  }
  checkWays(config, given, vocabSize, refuse);
  if (!config.doSample) {
    const isContrastive = config.penaltyAlpha !== undefined;
    const useless = ofSampling.find(
      (name) => given[name] !== undefined && !(isContrastive && name === 'topK'),
    );
    if (useless) refuse(useless, 'must go with doSample: true', given[useless]);
    if (config.numReturnSequences > config.numBeams) {
      const rule = `must be at most numBeams ${config.numBeams} where nothing is drawn`;
      refuse('numReturnSequences', rule, config.numReturnSequences);
    }
  } else if (config.numBeams > 1) {
    refuse('doSample', 'must be false where numBeams is above 1', true);
  }
  if (config.numBeams % config.numBeamGroups !== 0) {
    refuse('numBeamGroups', `must divide numBeams ${config.numBeams}`, config.numBeamGroups);
  }
  if (config.numBeamGroups === 1 && config.diversityPenalty > 0) {
    refuse('diversityPenalty', 'must go with numBeamGroups above 1', config.diversityPenalty);
  }
  if (config.numBeams === 1) {
    const useless = (['lengthPenalty', 'earlyStopping'] as const).find((name) => given[name] !== undefined);
    if (useless) refuse(useless, 'must go with numBeams above 1', given[useless]);
  }
  const ends = [eosTokenId ?? limits.eosTokenId ?? []].flat();
  const { badWordsIds, suppressTokens, beginSuppressTokens, forcedBosTokenId, forcedEosTokenId, padTokenId } =
    config;
  const named = {
    eosTokenId: ends,
    badWordsIds,
    suppressTokens,
    beginSuppressTokens,
    forcedBosTokenId,
    forcedEosTokenId,
    padTokenId,
  };
  for (const [name, ids] of Object.entries(named)) {
    const other = ([ids ?? []].flat(2) as number[]).find((id) => id >= vocabSize);
    if (other !== undefined) refuse(name, `must be below the size ${vocabSize} of the vocabulary`, other);
  }
  return { ...config, maxLength: most, ends };
}
