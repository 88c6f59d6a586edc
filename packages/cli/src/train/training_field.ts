import { type PlainTrainingArgs, trainingArgsSchema } from '@chui/training';
import { z } from 'zod';

/** What of a training's arguments stands in for which other. */
type Alternatives = readonly (readonly [given: string, instead: string])[];

/**
 * The key `training` of a task that has defaults of its own: they hold but for those that what is given stands in for.
 *
 * @param defaults what they are, or what they are for what is given
 * @param alternatives a key, and the one that is left out where it is given
 */
export function trainingField(
  defaults: PlainTrainingArgs | ((given: PlainTrainingArgs) => PlainTrainingArgs),
  alternatives: Alternatives,
) {
  const withDefaults = (given: object) => {
    const own = typeof defaults === 'function' ? defaults(given) : defaults;
    const left = { ...own } as Record<string, unknown>;
    for (const [other, name] of alternatives) if (other in given) delete left[name];
    return { ...left, ...given };
  };
  return z
    .preprocess((given) => (isObject(given) ? withDefaults(given) : given), trainingArgsSchema)
    .prefault({})
    .describe('How to train, as the papers recommend by default.');
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
