import { adafactor, adam, adamW, lion, sgd } from '@chui/runtime';
import type { CheckedArgs } from './args.js';
import type { TrainerOptimizer } from './optimizer.js';
import type { ParameterNames } from './parameter_names.js';

/**
 * The optimizer that the arguments describe.
 *
 * @throws RangeError naming the argument, the rule and the value.
 */
export function makeOptimizer(args: CheckedArgs, names: ParameterNames): TrainerOptimizer {
  const { learningRate, weightDecay, maxGradNorm, beta1, beta2, epsilon, momentum } = args;
  const shared = {
    learningRate,
    clipNorm: maxGradNorm === Infinity ? undefined : maxGradNorm,
    nonFinite: args.nonFinite === 'skip' ? ('skip' as const) : ('halt' as const),
    learningRateOf: learningRateOf(args, names),
    excludeFromWeightDecay: excludeFromWeightDecay(args, names),
  };
  switch (args.optimizer) {
    case 'adam':
      return adam({ ...shared, beta1, beta2, epsilon });
    case 'sgd':
      return sgd({ ...shared, momentum, weightDecay });
    case 'lion':
      return lion({ ...shared, beta1, beta2, weightDecay });
    case 'adafactor':
      // As the Trainer of Hugging Face: the rate is absolute.
      return adafactor({ ...shared, weightDecay, scaleParameter: false });
    default:
      return adamW({ ...shared, beta1, beta2, epsilon, weightDecay });
  }
}

function learningRateOf({ learningRates }: CheckedArgs, names: ParameterNames) {
  if (learningRates === undefined) return undefined;
  if (typeof learningRates === 'function') return (variable: string) => learningRates(names.of(variable));
  const factors = Object.entries(learningRates).map(
    ([pattern, factor]) => [names.matcher('learningRates', [pattern]), factor] as const,
  );
  return (variable: string) => factors.find(([matches]) => matches(names.of(variable)))?.[1] ?? 1;
}

function excludeFromWeightDecay({ excludeFromWeightDecay: excluded }: CheckedArgs, names: ParameterNames) {
  if (!excluded) return undefined;
  if (excluded === true) {
    const small = new Set(names.all.flatMap(([, { name, rank }]) => (rank <= 1 ? [name] : [])));
    return (variable: string) => small.has(variable);
  }
  const matches = names.matcher('excludeFromWeightDecay', excluded);
  return (variable: string) => matches(names.of(variable));
}
