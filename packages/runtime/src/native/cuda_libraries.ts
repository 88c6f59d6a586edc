import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { NativeBinding } from './binding.js';
import { currentBinding } from './binding_choice.js';
import { quietEnvironment } from './quiet.js';

/** Which libraries of CUDA are there, and whether all that they need is there too. */
export interface CudaLibraries {
  /** Paths of those that TensorFlow finds and loads by itself, as it does when there is a GPU. */
  readonly found: readonly string[];
  /** Those of the wheels, and what the loader says of each: null where it is loaded with all that it needs. */
  readonly wheels: readonly { readonly path: string; readonly error: string | null }[];
}

/**
 * Loads every library of CUDA that a set-up with `gpu` took from the wheels.
 *
 * @throws Error if the CUDA build is not set up.
 */
export function cudaLibraries(): CudaLibraries {
  quietEnvironment(process.env);
  const choice = currentBinding();
  if (choice.kind !== 'chui' || choice.addon.variant !== 'gpu') {
    throw new Error('the CUDA build of TensorFlow is not set up: run `chui setup --gpu`');
  }
  const { chui } = createRequire(import.meta.url)(choice.path) as NativeBinding;
  chui?.openCudaLibraries();
  const directory = resolve(dirname(choice.path), choice.addon.tensorflow.directory, '..', 'nvidia');
  const loaded = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*\/lib\w+\.so\S*/g) ?? [];
  const wheels = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /[/]lib[/]lib[^/]*\.so/.test(name))
    .sort()
    .map((name) => {
      const path = join(directory, name);
      try {
        chui?.loadLibrary(path);
        return { path, error: null };
      } catch (error) {
        return { path, error: (error as Error).message };
      }
    });
  return { found: [...new Set(loaded)].filter((path) => path.includes('/nvidia/')), wheels };
}
