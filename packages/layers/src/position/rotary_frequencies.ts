/** How frequencies are changed so that a model reads longer sequences than it was trained on. Names are Hugging Face's. */
export type RotaryScaling =
  | { type: 'linear' /** Positions are divided by it. */; factor: number }
  | {
      type: 'dynamic';
      factor: number;
      /** Length that the model was trained on; longer sequences change the base. */
      maxPositionEmbeddings: number;
    }
  | {
      type: 'yarn';
      factor: number;
      originalMaxPositionEmbeddings: number;
      /** Factor of queries and keys; 0.1 · ln(factor) + 1, or what follows from mscale and mscaleAllDim, if left out. */
      attentionFactor?: number;
      betaFast?: number;
      betaSlow?: number;
      mscale?: number;
      mscaleAllDim?: number;
      /** Whether the bounds of the ramp are rounded. Default true. */
      truncate?: boolean;
    }
  | {
      type: 'llama3';
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositionEmbeddings: number;
    }
  | {
      type: 'longrope';
      /** R/2 numbers that the frequencies are divided by: of sequences up to the trained length, and of longer ones. */
      shortFactor: number[];
      longFactor: number[];
      originalMaxPositionEmbeddings: number;
      /** How many times longer sequences may be; of it follows the attention's factor. Default 1. */
      factor?: number;
      /** Factor of queries and keys; √(1 + ln(factor) / ln(originalMaxPositionEmbeddings)), if left out. */
      attentionFactor?: number;
    };

/** Frequencies of R/2 pairs, and the factor of what is turned. */
export interface RotaryFrequencies {
  frequencies: number[];
  /** Those of sequences that are longer than `trained`, where they are others. */
  long?: { frequencies: number[]; trained: number };
  attentionFactor: number;
}

/** Angle by which pair i turns from one position to the next: base^(−2i/R). */
function plainFrequencies(width: number, base: number): number[] {
  return Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));
}

/**
 * Frequencies of `width` / 2 pairs; plain ones where they are dynamic, which is for the caller to do.
 *
 * @throws RangeError if the kind is unknown or an option is out of its range
 * @see linear: Chen et al. (2023), https://arxiv.org/abs/2306.15595; yarn: Peng et al. (2023),
 *   https://arxiv.org/abs/2309.00071; llama3: Grattafiori et al. (2024), https://arxiv.org/abs/2407.21783; longrope: Ding et al.
 *   (2024), https://arxiv.org/abs/2402.13753
 */
export function rotaryFrequencies(width: number, base: number, scaling?: RotaryScaling): RotaryFrequencies {
  const plain = plainFrequencies(width, base);
  if (!scaling || scaling.type === 'dynamic') return { frequencies: plain, attentionFactor: 1 };
  switch (scaling.type) {
    case 'linear':
      return { frequencies: plain.map((each) => each / scaling.factor), attentionFactor: 1 };
    case 'yarn':
      return yarn(plain, width, base, scaling);
    case 'llama3':
      return { frequencies: plain.map((each) => llama3(each, scaling)), attentionFactor: 1 };
    case 'longrope':
      return longrope(plain, scaling);
  }
}

type Scaling<T extends RotaryScaling['type']> = Extract<RotaryScaling, { type: T }>;

function yarn(plain: number[], width: number, base: number, scaling: Scaling<'yarn'>): RotaryFrequencies {
  const {
    factor,
    originalMaxPositionEmbeddings: trained,
    betaFast = 32,
    betaSlow = 1,
    truncate = true,
  } = scaling;
  /** The pair that turns this often over the trained length. */
  const pairOf = (turns: number) =>
    (width * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const [first, last] = [pairOf(betaFast), pairOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, width - 1);
  const span = high === low ? 0.001 : high - low;
  const frequencies = plain.map((each, i) => {
    const slow = Math.min(Math.max((i - low) / span, 0), 1);
    return (each / factor) * slow + each * (1 - slow);
  });
  return { frequencies, attentionFactor: scaling.attentionFactor ?? yarnFactor(scaling) };
}

function yarnFactor({ factor, mscale, mscaleAllDim }: Scaling<'yarn'>): number {
  const scale = (by = 1) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? scale(mscale) / scale(mscaleAllDim) : scale();
}

function llama3(frequency: number, scaling: Scaling<'llama3'>): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings: trained } = scaling;
  const turns = (trained * frequency) / (2 * Math.PI);
  if (turns < lowFreqFactor) return frequency / factor;
  if (turns > highFreqFactor) return frequency;
  const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

function longrope(plain: number[], scaling: Scaling<'longrope'>): RotaryFrequencies {
  const { originalMaxPositionEmbeddings: trained, factor = 1, attentionFactor } = scaling;
  const divided = (name: 'shortFactor' | 'longFactor') => {
    const by = scaling[name];
    if (by.length !== plain.length) {
      throw new RangeError(
        `scaling.${name} must have a number for each of ${plain.length} pairs, but has ${by.length}`,
      );
    }
    return plain.map((each, i) => each / by[i]!);
  };
  return {
    frequencies: divided('shortFactor'),
    long: { frequencies: divided('longFactor'), trained },
    attentionFactor: attentionFactor ?? Math.sqrt(1 + Math.log(factor) / Math.log(trained)),
  };
}

const required: Record<RotaryScaling['type'], string[]> = {
  linear: ['factor'],
  dynamic: ['factor', 'maxPositionEmbeddings'],
  yarn: ['factor', 'originalMaxPositionEmbeddings'],
  llama3: ['factor', 'lowFreqFactor', 'highFreqFactor', 'originalMaxPositionEmbeddings'],
  longrope: ['originalMaxPositionEmbeddings'],
};

const lists = ['shortFactor', 'longFactor'] as const;
const optional = ['factor', 'attentionFactor', 'betaFast', 'betaSlow', 'mscale', 'mscaleAllDim'];

/** @throws RangeError if the kind is unknown or an option is out of its range. */
export function checkScaling(scaling: RotaryScaling): void {
  if (!Object.hasOwn(required, scaling.type)) {
    throw new RangeError(
      `scaling.type must be one of ${Object.keys(required).join(', ')}, but is ${scaling.type}`,
    );
  }
  const options: Record<string, unknown> = { ...scaling };
  const isAboveZero = (value: unknown) => typeof value === 'number' && value > 0 && Number.isFinite(value);
  for (const name of scaling.type === 'longrope' ? lists : []) {
    const value = options[name];
    if (Array.isArray(value) && value.every(isAboveZero)) continue;
    throw new RangeError(`scaling.${name} must be a list of numbers above zero, but is ${value}`);
  }
  for (const name of [...required[scaling.type], ...optional.filter((each) => each in options)]) {
    const value = options[name];
    if (!isAboveZero(value)) {
      throw new RangeError(`scaling.${name} must be a number above zero, but is ${value}`);
    }
  }
  const { factor = 1 } = scaling;
  if (factor < 1) throw new RangeError(`scaling.factor must be at least 1, but is ${factor}`);
  if (scaling.type === 'llama3' && scaling.highFreqFactor <= scaling.lowFreqFactor) {
    throw new RangeError(
      `scaling.highFreqFactor must be above lowFreqFactor ${scaling.lowFreqFactor}, but is ${scaling.highFreqFactor}`,
    );
  }
}
