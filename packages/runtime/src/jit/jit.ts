import { engine, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../kernels/native/native_kernel.js';
import { type ChuiBinding, type NativeBinding, nativeBinding, type OpAttribute } from '../native/binding.js';
import { Bfloat16Graph } from './bfloat16_graph.js';
import { recordChecked } from './check.js';
import { Graph } from './graph.js';
import type { Program } from './program.js';
import { record } from './record.js';
import { compiledPrograms, recordingFor, whileRecording } from './state.js';
import { structureOf } from './structure.js';

/** Options of `jit`. */
export interface JitOptions {
  /** Compiles with XLA instead of running TensorFlow's graph. Default false. */
  readonly xla?: boolean;
  /**
   * With `bfloat16`, matrix products and convolutions, and what lies between them, are computed in bfloat16: 8 bits of
   * precision, half the memory. Variables, their gradients, sums, softmax, norms and losses stay in float32. Processors
   * without instructions for it compute rounded numbers in float32. Default `float32`.
   */
  readonly precision?: 'float32' | 'bfloat16';
  /**
   * Records twice and compares: what differs is a number that JavaScript draws or changes, which would stay as it was in
   * the recording, and an error that names it. For finding mistakes: a recording takes several times as long. Default false.
   */
  readonly check?: boolean;
  /** How many recordings are kept; the one that was not used for longest goes first. Default 64. */
  readonly maxRecordings?: number;
}

/** What a compiled function did so far. */
export interface JitStats {
  /** Recordings that are kept. */
  readonly recordings: number;
  /** Operations in them, constants included. */
  readonly nodes: number;
  /** Calls that found a recording. */
  readonly hits: number;
  /** Calls that had to record. */
  readonly misses: number;
  /** Time that these took to record, in milliseconds. */
  readonly recordMilliseconds: number;
  /** Time that the first runs of recordings took, in milliseconds: TensorFlow compiles them and runs them once. */
  readonly compileMilliseconds: number;
}

/** A function of the same arguments and results, recorded and compiled. */
export type JitFunction<F> = F & {
  stats(): JitStats;
  /** Forgets all recordings and frees their memory; a later call records anew. */
  dispose(): void;
};

/** What TensorFlow says when a program that XLA kept on disk cannot be loaded. */
const DAMAGED = /serialized|Read less bytes/i;

type AnyFunction = (...args: never[]) => unknown;

/**
 * Records what a function of tensors does and runs it as one TensorFlow function from then on: tf.function for
 * TensorFlow.js. Any code of tfjs will do, gradients and optimizers included.
 *
 * - The first call with new shapes, types or other values among the arguments records; nothing is computed in that, so
 *   a function runs in JavaScript once for each. Arguments are tensors, arrays and plain objects of them, and constants.
 * - Tensors that it reads beside its arguments are read afresh on each call, variables too; variables that it assigns are
 *   assigned after the call; those that it makes, such as an optimizer's slots, are made once. Its results are the caller's.
 * - Numbers that JavaScript draws or changes are constants of a recording. Draws of `randomUniform`, `randomNormal` and
 *   `dropout` of this package are not: they are the same as without `jit`, others on every call.
 * - On other backends, inside another such function and under tf.grad it is the function itself.
 *
 * @throws Error when called: if the function reads a value back, or makes a shape that depends on data; with `check`, if it
 *   does not do the same each time
 */
export function jit<F extends AnyFunction>(fn: F, options: JitOptions = {}): JitFunction<F> {
  const { xla = false, precision = 'float32', check = false, maxRecordings = 64 } = options;
  if (precision !== 'float32' && precision !== 'bfloat16') {
    throw new RangeError(`precision must be 'float32' or 'bfloat16', but is ${JSON.stringify(precision)}`);
  }
  if (!Number.isInteger(maxRecordings) || maxRecordings < 1) {
    throw new RangeError(`maxRecordings must be an integer from 1, but is ${maxRecordings}`);
  }
  const programs = new Map<string, Program>();
  let [hits, misses, recordMilliseconds, compileMilliseconds] = [0, 0, 0, 0];

  const compiled = (...args: unknown[]): unknown => {
    const plain = fn as unknown as (...args: unknown[]) => unknown;
    const binding = nativeBinding();
    const chui = binding?.chui;
    if (!chui || getBackend() !== 'tensorflow' || recordingFor() || engine().isTapeOn())
      return plain(...args);
    const backend = engine().findBackend('tensorflow') as unknown as NativeBackend;
    const structure = structureOf(args);
    const run = (program: Program) => {
      programs.set(structure.key, program);
      if (programs.size > maxRecordings) forget(programs.keys().next().value!);
      const attributes: OpAttribute[] = xla
        ? [{ name: '_XlaMustCompile', type: backend.binding.TF_ATTR_BOOL, value: true }]
        : [];
      return program.call(structure.tensors as Tensor[], attributes);
    };

    const known = programs.get(structure.key);
    if (known) {
      hits++;
      programs.delete(structure.key);
      return run(known);
    }
    misses++;
    const recordOnce = () => {
      const graph = newGraph(binding, chui, precision, check);
      try {
        return record(backend, chui, plain, structure, graph);
      } finally {
        graph.dispose();
      }
    };
    const recordAndRun = () => {
      const [program, recording] = timed(() =>
        whileRecording({ by: xla ? 'xla' : 'graph', precision }, () =>
          check ? recordChecked(recordOnce) : recordOnce().program,
        ),
      );
      recordMilliseconds += recording;
      const [result, compiling] = timed(() => run(program));
      compileMilliseconds += compiling;
      return result;
    };
    try {
      return recordAndRun();
    } catch (error) {
      if (!xla || !DAMAGED.test(String(error)) || !compiledPrograms.forget) throw error;
      compiledPrograms.forget();
      forget(structure.key);
      return recordAndRun();
    }
  };

  const forget = (key: string) => {
    programs.get(key)!.dispose();
    programs.delete(key);
  };

  return Object.assign(compiled as unknown as F, {
    stats: () => {
      const nodes = [...programs.values()].reduce((sum, program) => sum + program.nodes, 0);
      return { recordings: programs.size, nodes, hits, misses, recordMilliseconds, compileMilliseconds };
    },
    dispose: () => {
      for (const key of [...programs.keys()]) forget(key);
    },
  });
}

function timed<T>(body: () => T): [result: T, milliseconds: number] {
  const started = performance.now();
  return [body(), performance.now() - started];
}

function newGraph(
  binding: NativeBinding,
  chui: ChuiBinding,
  precision: 'float32' | 'bfloat16',
  withLines: boolean,
): Graph {
  if (precision === 'float32') return new Graph(chui, withLines);
  return new Bfloat16Graph(chui, !chui.multipliesBfloat16 && !binding.isUsingGpuDevice(), withLines);
}
