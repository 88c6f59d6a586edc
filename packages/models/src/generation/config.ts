/** How `generate` decodes. Names and defaults are Hugging Face's, in camelCase. */
export interface GenerationConfig {
  /** Longest sequence, the start id included; the model's `maxLength` where it is not given. */
  maxLength?: number;
  /** Hypotheses kept for each input; 1 is greedy search. Default 1. */
  numBeams?: number;
  /** Sequences returned for each input, at most `numBeams`. Default 1. */
  numReturnSequences?: number;
  /** A beam's score is Σ log p / length^lengthPenalty. Default 1. */
  lengthPenalty?: number;
  /**
   * When a beam search ends: true, as soon as `numBeams` hypotheses have ended; false (default), when none that is
   * running can do better at its present length; 'never', when none can do better at any length.
   */
  earlyStopping?: boolean | 'never';
  /** Return a `GenerationOutput` instead of the ids alone. Default false. */
  returnDictInGenerate?: boolean;
  /** Keep the cross attention of every step in the `GenerationOutput`. Default false. */
  outputAttentions?: boolean;
  /** Ends the generation between two steps: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** A `GenerationConfig` in which nothing is missing but the signal. */
export type FullGenerationConfig = Required<Omit<GenerationConfig, 'signal'>> & { signal?: AbortSignal };

/** What `generate` gives with `returnDictInGenerate`. Entry i of each list belongs to sequence i. */
export interface GenerationOutput {
  /** Ids, the start id first, the end id last unless `maxLength` came before it. */
  sequences: number[][];
  /** Σ log p / length^lengthPenalty of each sequence; with beams only. */
  sequencesScores?: number[];
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

const defaults = {
  numBeams: 1,
  numReturnSequences: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  returnDictInGenerate: false,
  outputAttentions: false,
} as const;

const known = new Set([...Object.keys(defaults), 'maxLength', 'signal']);

/**
 * Fills in the defaults.
 *
 * @throws RangeError or TypeError, naming the option, the rule and the value.
 */
export function generationConfig(config: GenerationConfig, maxLength: number): FullGenerationConfig {
  for (const name of Object.keys(config)) {
    if (!known.has(name)) {
      throw new TypeError(`generate has no option ${name}; it has ${[...known].sort().join(', ')}`);
    }
  }
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const full: FullGenerationConfig = { ...defaults, maxLength, ...given };
  atLeast('maxLength', full.maxLength, 2);
  atLeast('numBeams', full.numBeams, 1);
  atLeast('numReturnSequences', full.numReturnSequences, 1);
  if (full.numReturnSequences > full.numBeams) {
    throw new RangeError(
      `numReturnSequences must be at most numBeams = ${full.numBeams}, but is ${full.numReturnSequences}`,
    );
  }
  if (!Number.isFinite(full.lengthPenalty)) {
    throw new RangeError(`lengthPenalty must be a finite number, but is ${full.lengthPenalty}`);
  }
  if (typeof full.earlyStopping !== 'boolean' && full.earlyStopping !== 'never') {
    throw new TypeError(`earlyStopping must be true, false or 'never', but is ${full.earlyStopping}`);
  }
  return full;
}

function atLeast(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, but is ${value}`);
  }
}
