import { type JitFunction, jit } from '@chui/runtime';

type AnyFunction = (...args: never[]) => unknown;

/** A function as steps use it, compiled or not. */
export type StepFunction<F> = F & {
  stats(): Pick<ReturnType<JitFunction<F>['stats']>, 'recordMilliseconds' | 'compileMilliseconds'>;
  dispose(): void;
};

export interface CompileOptions {
  readonly precision?: 'float32' | 'bfloat16' | undefined;
  /**
   * Whether the function may hold what JavaScript draws anew each time, as some layers of tfjs do: then it is compared
   * with itself when it is recorded, and runs as it is, with a warning, if it does not do the same or cannot be recorded.
   */
  readonly check?: boolean | undefined;
}

/** `jit` for steps of a training. */
export function compile<F extends AnyFunction>(fn: F, options: CompileOptions = {}): StepFunction<F> {
  // Shapes of batches for which compiled steps are kept.
  const compiled = jit(fn, { ...options, maxRecordings: 256 });
  if (!options.check) return compiled;
  let isSame = true;
  const checked = (...args: never[]): unknown => {
    if (!isSame) return fn(...args);
    try {
      return compiled(...args);
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      if (!message.startsWith('a recorded function must')) throw error;
      console.warn(`the model runs uncompiled, for ${message}`);
      isSame = false;
      return fn(...args);
    }
  };
  return Object.assign(checked as F, { stats: compiled.stats, dispose: compiled.dispose });
}

/** The function as it is, in the shape of a compiled one. */
export function uncompiled<F extends AnyFunction>(fn: F): StepFunction<F> {
  const stats = () => ({ recordMilliseconds: 0, compileMilliseconds: 0 });
  return Object.assign(((...args: never[]) => fn(...args)) as F, { stats, dispose: () => {} });
}
