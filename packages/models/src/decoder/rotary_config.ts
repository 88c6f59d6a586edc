import { RotaryPositions, type RotaryScaling } from '@chui/layers';
import { z } from 'zod';
import { camelKeys } from '../config.js';
import { shown } from '../shown.js';

/** How a config.json says where queries and keys stand: as of version 5 of Hugging Face's library, or before. */
export const rotaryKeys = {
  /** The base and the kind of scaling, under the keys of config.json: `{ rope_type, rope_theta, … }`. */
  ropeParameters: z.record(z.string(), z.unknown()).nullish(),
  /** The same in older files: θ of the frequencies θ^(−2i/R). */
  ropeTheta: z.number().gt(1, 'must be above 1').nullish(),
  ropeScaling: z.record(z.string(), z.unknown()).nullish(),
};

interface RotaryConfig {
  readonly ropeParameters?: Readonly<Record<string, unknown>> | null | undefined;
  readonly ropeTheta?: number | null | undefined;
  readonly ropeScaling?: Readonly<Record<string, unknown>> | null | undefined;
  readonly maxPositionEmbeddings: number;
}

/** The keys of a scaling, of which files have others beside them. */
const scalingKeys = new Set([
  ...['factor', 'originalMaxPositionEmbeddings', 'attentionFactor', 'betaFast', 'betaSlow'],
  ...['mscale', 'mscaleAllDim', 'truncate', 'lowFreqFactor', 'highFreqFactor', 'shortFactor', 'longFactor'],
]);

/**
 * The rotary positions that a configuration says.
 *
 * @param rotaryDim columns of a head that are turned; all, if left out
 * @throws RangeError naming the key, the rule and the value.
 */
export function rotaryOf(config: RotaryConfig, rotaryDim?: number): RotaryPositions {
  const said = { ...config.ropeScaling, ...config.ropeParameters };
  const type = said.rope_type ?? said.type ?? 'default';
  const base = numberOf('rope_theta', said.rope_theta ?? config.ropeTheta ?? 10_000);
  const scaling =
    type === 'default' ? undefined : scalingOf(String(type), said, config.maxPositionEmbeddings);
  return new RotaryPositions({
    base,
    ...(rotaryDim !== undefined && { rotaryDim }),
    ...(scaling && { scaling }),
  });
}

function scalingOf(type: string, said: Record<string, unknown>, maxPositions: number): RotaryScaling {
  const given = Object.fromEntries(
    Object.entries(camelKeys(said)).filter(([key, value]) => scalingKeys.has(key) && value !== null),
  );
  switch (type) {
    case 'linear':
      return { type, factor: given.factor as number };
    case 'dynamic':
      return { type, factor: given.factor as number, maxPositionEmbeddings: maxPositions };
    case 'yarn':
    case 'llama3':
      return { originalMaxPositionEmbeddings: maxPositions, ...given, type } as RotaryScaling;
    case 'longrope': {
      const { originalMaxPositionEmbeddings: trained = maxPositions } = given as {
        originalMaxPositionEmbeddings?: number;
      };
      const factor = Math.max(maxPositions / trained, 1);
      return { originalMaxPositionEmbeddings: trained, factor, ...given, type } as RotaryScaling;
    }
    default:
      throw new RangeError(
        `rope_type must be one of default, linear, dynamic, yarn, llama3, longrope, but is ${shown(type)}`,
      );
  }
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new RangeError(`${name} must be a number, but is ${shown(value)}`);
}
