/** Makes an example of a row, whose index counts from 0. */
export type RowFunction<R, E> = (row: R, index: number) => E | Promise<E>;

/** What a module exports for `mapInWorkers`: makes the function, once a thread. */
export type RowFunctionMaker<R, E, O = unknown> = (
  options: O,
) => RowFunction<R, E> | Promise<RowFunction<R, E>>;

/** Where the function comes from. */
export interface RowModule {
  readonly url: string;
  readonly name: string;
  readonly options: unknown;
}

/** What a row, or the module, failed at. */
export interface RowFailure {
  /** Of the row. */
  readonly index?: number;
  readonly message?: string;
  /** What the module exports, if not what it must. */
  readonly exports?: readonly string[];
  /** What the module's function gave, if no function. */
  readonly made?: string;
}

/** Loads the function in this thread. @throws Error if the module, or what it exports, is none. */
export async function loadRowFunction<R, E>(source: RowModule): Promise<RowFunction<R, E>> {
  let module: Record<string, unknown>;
  let run: unknown;
  try {
    module = await import(/* @vite-ignore */ source.url);
    const make = module[source.name];
    if (typeof make !== 'function') throw failureOf({ exports: Object.keys(module) }, source);
    run = await make(source.options);
  } catch (error) {
    if (error instanceof RowError) throw error;
    throw failureOf({ message: messageOf(error) }, source);
  }
  if (typeof run !== 'function') throw failureOf({ made: typeof run }, source);
  return run as RowFunction<R, E>;
}

/** An error of `mapInWorkers`, in one line. */
class RowError extends Error {}

/** The error of a failure. */
export function failureOf(failure: RowFailure, { url, name }: RowModule): Error {
  const { index, message, exports, made } = failure;
  if (index !== undefined) {
    const named = new RegExp(`\\brow ${index}\\b`).test(message!) ? message : `row ${index}: ${message}`;
    return new RowError(named);
  }
  if (exports) {
    const has = [...exports].sort().join(', ') || 'nothing';
    return new RowError(`module must export a function as ${name}, but ${url} exports ${has}`);
  }
  if (message !== undefined) return new RowError(`module must give a function, but ${url} fails: ${message}`);
  return new RowError(`${name} of the module must give a function, but that of ${url} gives ${made}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
