import type { FullGenerationConfig } from './config.js';
import { atLeastSoLong, forcedFirst, forcedLast, suppressAtBegin } from './lengths.js';
import type { LogitsProcessor } from './logits_processor.js';
import { countPenalty, noBadWords, noRepeatNgrams, repetitionPenalty, suppressTokens } from './penalties.js';
import { epsilonCutoff, etaCutoff, minP, temperature, topK, topP, typicalP } from './warpers.js';

/** The processors of a configuration, in the order in which Hugging Face's library applies them. */
export function processorsOf(config: FullGenerationConfig): LogitsProcessor[] {
  const {
    ends,
    minLength,
    minNewTokens,
    forcedBosTokenId,
    forcedEosTokenId,
    presencePenalty,
    frequencyPenalty,
  } = config;
  const list: (LogitsProcessor | false)[] = [
    config.repetitionPenalty !== 1 && repetitionPenalty(config.repetitionPenalty),
    (presencePenalty !== 0 || frequencyPenalty !== 0) &&
      countPenalty({ presence: presencePenalty, frequency: frequencyPenalty }),
    config.noRepeatNgramSize > 0 && noRepeatNgrams(config.noRepeatNgramSize),
    config.badWordsIds.length > 0 &&
      noBadWords(config.badWordsIds.filter(({ length, 0: id }) => length > 1 || !ends.includes(id!))),
    (minLength > 0 || minNewTokens > 0) &&
      ends.length > 0 &&
      atLeastSoLong(ends, { minLength, minNewTokens }),
    forcedBosTokenId !== undefined && forcedFirst(forcedBosTokenId),
    forcedEosTokenId !== undefined && forcedLast([forcedEosTokenId].flat(), config.maxLength),
    config.suppressTokens.length > 0 && suppressTokens(config.suppressTokens),
    config.beginSuppressTokens.length > 0 && suppressAtBegin(config.beginSuppressTokens),
  ];
  const warpers: (LogitsProcessor | false)[] = config.doSample
    ? [
        config.temperature !== 1 && temperature(config.temperature),
        config.topK > 0 && topK(config.topK),
        config.topP < 1 && topP(config.topP),
        config.minP ? minP(config.minP) : false,
        config.typicalP < 1 && typicalP(config.typicalP),
        config.epsilonCutoff ? epsilonCutoff(config.epsilonCutoff) : false,
        config.etaCutoff ? etaCutoff(config.etaCutoff) : false,
      ]
    : [];
  return [...list, ...config.logitsProcessors, ...warpers].filter((processor) => processor !== false);
}
