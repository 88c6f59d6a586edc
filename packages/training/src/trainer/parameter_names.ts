import type { Variable } from '@tensorflow/tfjs-core';
import type { TrainableModel } from './model.js';

/** What a pattern of names is: names, functions of them. */
export type NamePatterns = readonly string[] | ((name: string) => boolean);

/**
 * The names of a model's parameters as checkpoints have them, which are the same in every process: tfjs may number the
 * names of variables.
 */
export class ParameterNames {
  /** All parameters, in the model's order. */
  readonly all: readonly (readonly [name: string, variable: Variable])[];
  private readonly byVariable: ReadonlyMap<string, string>;

  constructor(model: TrainableModel) {
    const variables = model.trainableVariables();
    this.all = model.namedParameters?.() ?? variables.map((variable, index) => [`${index}`, variable]);
    const twice = this.all.find(([name], index) => this.all.findIndex(([other]) => other === name) < index);
    if (twice) throw new Error(`namedParameters must name each parameter once, but ${twice[0]} stands twice`);
    this.byVariable = new Map(this.all.map(([name, variable]) => [variable.name, name]));
    const unnamed = variables.find(({ name }) => !this.byVariable.has(name));
    if (unnamed) throw new Error(`namedParameters must have all that is trained, but lacks ${unnamed.name}`);
  }

  /** The parameter's name, by the variable's own. */
  of(variableName: string): string {
    return this.byVariable.get(variableName) ?? variableName;
  }

  /**
   * Whether a name is meant, as `learningRates` of the trainer's arguments says it.
   *
   * @throws RangeError if one of the patterns fits no parameter.
   */
  matcher(argument: string, patterns: NamePatterns): (name: string) => boolean {
    if (typeof patterns === 'function') return patterns;
    const expressions = patterns.map((pattern) => this.expression(argument, pattern));
    return (name) => expressions.some((expression) => expression.test(name));
  }

  private expression(argument: string, pattern: string): RegExp {
    const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    const expression = new RegExp(`^${escaped.join('.*')}(\\.|$)`, 's');
    if (!this.all.some(([name]) => expression.test(name))) {
      const names = this.all.map(([name]) => name);
      const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
      throw new RangeError(`${argument} must name parameters, but ${pattern} is none of ${shown}`);
    }
    return expression;
  }
}
