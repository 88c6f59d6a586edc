import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type BackendInfo, type BackendName, useBackend } from '@chui/runtime';
import { runtimeInfo } from '@chui/runtime/setup';
import { HtmlReport, JsonlLog, ProgressBar, TensorBoard } from '@chui/training';
import { version_core } from '@tensorflow/tfjs-core';
import { onInterrupt } from '../interrupt.js';
import { chuiVersion } from '../version.js';
import { readRecipe } from './read_recipe.js';
import { RunDirectory, type WrittenRecipe } from './run_directory.js';
import type { AnyRecipe, PreparedTask, RecipePaths, Task } from './task.js';
import { taskOf } from './tasks.js';

/** What goes before the recipe. */
export interface TrainOptions {
  readonly out?: string | undefined;
  readonly backend?: BackendName | 'auto' | undefined;
  readonly threads?: number | undefined;
}

/** What became of a run; where `stopped` is a signal, the same command goes on. */
export interface RunOutcome {
  readonly directory: RunDirectory;
  readonly stopped: 'finished' | 'before' | NodeJS.Signals;
  /** See `Task`. */
  readonly next: Task['next'];
}

/** A recipe, and where it is from. */
export interface RecipeSource {
  readonly recipe: AnyRecipe;
  /** What the run is called. */
  readonly name: string;
  /** The directory that its paths lead from. */
  readonly base: string;
  /** Where errors say that it stands. */
  readonly file?: string;
}

/** Trains what the recipe of a file says; see `runRecipe`. */
export async function trainRecipe(file: string, options: TrainOptions): Promise<RunOutcome> {
  const recipe = await readRecipe(file);
  return runRecipe(
    { recipe, name: basename(file).replace(/\.json$/, ''), base: dirname(file), file },
    options,
  );
}

/**
 * Trains what a recipe says, and writes recipe, logs, checkpoints, model and result into a directory. Ends after the step
 * at SIGINT or SIGTERM; goes on where a run was stopped; leaves one that is finished.
 *
 * @throws Error naming what is wrong, with the recipe's file and key.
 */
export async function runRecipe(source: RecipeSource, options: TrainOptions): Promise<RunOutcome> {
  const { recipe, name, base } = source;
  const task = taskOf(recipe);
  const inRecipe = recipe.out === undefined ? join('out', name) : resolve(base, recipe.out);
  const directory = new RunDirectory(options.out ?? inRecipe, task.layout);
  const prepared = await task.prepare(recipe, pathsOf(base, directory.path)).catch((error) => {
    throw new Error(`${prefixOf(source)}${error.message}`);
  });
  const { threads = recipe.threads } = options;
  const backend = await useBackend(options.backend ?? recipe.backend, { threads });
  const written = fullRecipe(recipe, prepared, backend);
  const state = await directory.stateOf(written);
  const { next } = task;
  if (state === 'finished') return { directory, stopped: 'before', next };
  await (state === 'new' ? directory.begin(written) : directory.save('recipe', written));
  for (const note of prepared.notes ?? []) process.stderr.write(`${name}: ${note}\n`);
  const stopped = await run({ source, prepared, directory, backend });
  return { directory, stopped, next };
}

const prefixOf = ({ file }: RecipeSource) => (file === undefined ? '' : `${file}: `);

/** A path that is written leads from the directory of the run, so that recipe and run may be moved together. */
function pathsOf(base: string, out: string): RecipePaths {
  const fromHere = (path: string) => resolve(base, path);
  return {
    resolve: (path) => relative('', fromHere(path)) || '.',
    written: (path) => relative(out, fromHere(path)).split(sep).join('/'),
  };
}

function fullRecipe(recipe: AnyRecipe, prepared: PreparedTask, { backend }: BackendInfo): WrittenRecipe {
  const { checkpoints, seed } = recipe;
  const { training = recipe.training } = prepared;
  const threads = backend === 'native' ? runtimeInfo().threads.count : undefined;
  const shared = { training, checkpoints, seed, backend, threads };
  return { chui: chuiVersion, task: recipe.task, ...prepared.recipe, ...shared, out: '.' };
}

interface Run {
  readonly source: RecipeSource;
  readonly prepared: PreparedTask;
  readonly directory: RunDirectory;
  readonly backend: BackendInfo;
}

async function run({ source, prepared, directory, backend }: Run): Promise<RunOutcome['stopped']> {
  const interrupted = new AbortController();
  const stopListening = onInterrupt((signal) => interrupted.abort(signal));
  const { signal } = interrupted;
  const { recipe, name } = source;
  const { seed, checkpoints } = recipe;
  const { training = recipe.training } = prepared;
  try {
    const trained = await prepared
      .train({
        args: { ...training, seed, signal },
        callbacks: [
          new ProgressBar({ label: name }),
          new JsonlLog(directory.of('log')),
          new HtmlReport(directory.of('report'), { title: name }),
          new TensorBoard(directory.of('tensorBoard')),
        ],
        checkpoints: directory.checkpoints(checkpoints.keep),
      })
      .catch((error) => {
        throw named(error, prefixOf(source), training);
      });
    const { result, parameters } = trained;
    if (result.stopped === 'aborted') return signal.reason;
    const scores = await trained.score(signal);
    await trained.save(directory.of('model'));
    await directory.save('result', {
      task: recipe.task,
      ...result,
      scores,
      examples: prepared.counts,
      parameters,
      peakMemory: 1024 * process.resourceUsage().maxRSS,
      device: backend.device,
      versions: versions(backend),
    });
    trained.dispose();
    return 'finished';
  } catch (error) {
    if (signal.aborted && error === signal.reason) return signal.reason;
    throw error;
  } finally {
    stopListening();
  }
}

/** An error of an argument with its place in the recipe. */
function named(error: unknown, prefix: string, training: object): unknown {
  const [argument = ''] = error instanceof RangeError ? error.message.split(' ') : [];
  return argument in training ? new RangeError(`${prefix}training.${(error as Error).message}`) : error;
}

function versions({ backend }: BackendInfo) {
  const { tensorflow } = backend === 'native' ? runtimeInfo() : { tensorflow: null };
  return {
    chui: chuiVersion,
    node: process.version,
    tensorflow: tensorflow?.version ?? null,
    tensorflowJs: version_core,
  };
}
