import { Linear } from '@chui/layers';
import type { Parameter } from '../checkpoint.js';
import { headsOf, type LoraConfig } from './config.js';

/** A linear layer of a model. */
interface LinearModule {
  /** The module's name in checkpoints. */
  readonly module: string;
  readonly linear: Linear;
  /** (I, O). */
  readonly kernel: Parameter;
}

/** One that is adapted. */
export interface Target extends LinearModule {
  readonly rank: number;
  /** What A and B give is multiplied by. */
  readonly scale: number;
}

/** What an adapter changes of a model. */
export interface Targets {
  readonly adapted: readonly Target[];
  /** Parameters of modules that are trained themselves. */
  readonly saved: readonly Parameter[];
}

/** Layers that end in logits of tokens, which `all-linear` leaves out. */
const tokenLogits = new Set(['untied_logits', 'head', 'lm_head']);

/**
 * Finds what an adapter changes, as PEFT does.
 *
 * @param parameters of the model, without an adapter
 * @param options.each whether each name must fit a module; else one must at least
 * @throws RangeError naming what fits no module, or fits one twice
 */
export function findTargets(
  parameters: readonly Parameter[],
  config: LoraConfig,
  { each = false }: { each?: boolean } = {},
): Targets {
  const { targetModules, modulesToSave } = config;
  const linears = parameters.flatMap((kernel) => {
    const linear = Linear.ofKernel(kernel.variable);
    return linear ? [{ module: kernel.name.replace(/[._](weight|kernel)$/, ''), linear, kernel }] : [];
  });
  const isChosen = chooser(config);
  const adapted = linears
    .filter(({ module, linear }) => isChosen(module, linear))
    .map((linear) => ({ ...linear, ...sizesOf(linear.module, config) }));

  // PEFT compares ends of names without the dot before them: `classifier` is also `pre_classifier`.
  const isSaved = ({ name }: Parameter, module: string) =>
    modulesOf(name).some((path) => path.endsWith(module));
  const saved = parameters.filter((parameter) => modulesToSave.some((module) => isSaved(parameter, module)));

  if (each && Array.isArray(targetModules)) {
    const useless = targetModules.find(
      (end) => !linears.some(({ module }) => hasEnd(module, end)) && !headsOf(config.taskType).includes(end),
    );
    if (useless !== undefined) throw noModule('targetModules', useless, linears);
  }
  if (each) {
    const useless = modulesToSave.find(
      (module) =>
        !parameters.some((parameter) => isSaved(parameter, module)) &&
        !headsOf(config.taskType).includes(module),
    );
    if (useless !== undefined) {
      throw new RangeError(`modulesToSave must name modules of the model, but ${useless} is none`);
    }
  }
  if (adapted.length === 0) throw noModule('targetModules', String(targetModules), linears);
  const twice = adapted.find(({ kernel }) => saved.includes(kernel));
  if (twice) {
    throw new RangeError(
      `targetModules and modulesToSave must share no module, but ${twice.module} is in both`,
    );
  }
  return { adapted, saved };
}

function sizesOf(module: string, config: LoraConfig): Pick<Target, 'rank' | 'scale'> {
  const rank = patternValue('rankPattern', config.rankPattern, module) ?? config.r;
  const alpha = patternValue('alphaPattern', config.alphaPattern, module) ?? config.loraAlpha;
  return { rank, scale: alpha / (config.useRslora ? Math.sqrt(rank) : rank) };
}

/** The value of the first pattern that fits a module's name. */
function patternValue<V>(argument: string, patterns: Readonly<Record<string, V>>, module: string) {
  return Object.entries(patterns).find(([pattern]) =>
    expression(argument, `(.*\\.)?(${pattern})`).test(module),
  )?.[1];
}

function chooser(config: LoraConfig): (module: string, linear: Linear) => boolean {
  const { targetModules, excludeModules = [], modulesToSave } = config;
  const isExcluded = matcher('excludeModules', excludeModules);
  const saved = modulesToSave.map((name) => expression('modulesToSave', `(.*\\.)?${name}(\\..*)?`));
  const isLeft = (module: string) => !isExcluded(module) && !saved.some((each) => each.test(module));
  if (targetModules === 'all-linear') {
    return (module, linear) => isLeft(module) && !tokenLogits.has(linear.name);
  }
  const matches = matcher('targetModules', targetModules);
  const isInLayers = Array.isArray(targetModules) ? layerChooser(config) : () => true;
  return (module) =>
    isLeft(module) && matches(module) && (targetModules.includes(module) || isInLayers(module));
}

function matcher(argument: string, given: string | readonly string[]): (module: string) => boolean {
  if (typeof given !== 'string') return (module) => given.some((end) => hasEnd(module, end));
  const whole = expression(argument, given);
  return (module) => whole.test(module);
}

function layerChooser({ layersToTransform, layersPattern = [] }: LoraConfig): (module: string) => boolean {
  if (layersToTransform === undefined) return () => true;
  const wanted = [layersToTransform].flat();
  const patterns = [layersPattern].flat();
  const begins = patterns.length > 0 ? patterns.map((each) => `(?:.*?\\.)?${each}`) : ['.*?\\.[^.]*'];
  const numbers = begins.map((begin) => expression('layersPattern', `${begin}\\.(?<layer>\\d+)\\..*`));
  return (module) => {
    const layer = numbers.map((number) => number.exec(module)?.groups?.layer).find((found) => found);
    return wanted.length === 0 || (layer !== undefined && wanted.includes(Number(layer)));
  };
}

const hasEnd = (module: string, end: string) => module === end || module.endsWith(`.${end}`);

/** The modules that a parameter is in, from the outermost on. */
const modulesOf = (name: string) =>
  name.split('.').flatMap((_, index, parts) => (index === 0 ? [] : [parts.slice(0, index).join('.')]));

/** A regular expression of whole names, as Python's `re` has it. */
function expression(argument: string, pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern.replaceAll('(?P<', '(?<')})$`, 's');
  } catch (error) {
    throw new RangeError(`${argument} must be a regular expression, but is ${pattern}`, { cause: error });
  }
}

function noModule(argument: string, given: string, linears: readonly LinearModule[]): RangeError {
  const ends = [...new Set(linears.map(({ module }) => module.split('.').at(-1)))];
  return new RangeError(
    `${argument} must name linear layers, which end in ${ends.join(', ')}, but is ${given}`,
  );
}
