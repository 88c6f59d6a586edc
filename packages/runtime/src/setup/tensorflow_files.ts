import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorFlowSource } from '../native/installed.js';

/** A copy of TensorFlow on the disk that an addon can be built against. */
export interface TensorFlowFiles {
  readonly source: TensorFlowSource;
  readonly directory: string;
  readonly include: string;
  readonly libraries: readonly string[];
  /** Libraries of CUDA that TensorFlow's own run-time path misses. */
  readonly strayLibraries: readonly string[];
  /** TensorFlow's own description of its build; empty where there is none. */
  readonly build: Readonly<Record<string, string>>;
}

const extension = (stem: string): string =>
  process.platform === 'darwin' ? `${stem}.2.dylib` : `${stem}.so.2`;

/** The names under which TensorFlow's C interface is shipped: in Python's package, and in the C archive. */
const INTERFACES = ['libtensorflow_cc', 'libtensorflow'].map(extension);
const FRAMEWORK = extension('libtensorflow_framework');

/** The entries of the dictionary that a wheel's `build_info.py` holds, such as `cuda_version`. */
function buildInfo(directory: string): Record<string, string> {
  try {
    const text = readFileSync(join(directory, 'python', 'platform', 'build_info.py'), 'utf8');
    const entries = text.matchAll(/\(\s*["'](\w+)["']\s*,\s*(?:["']([^"']*)["']|(True|False))/g);
    return Object.fromEntries(
      [...entries].map(([, key, string, boolean]) => [key, string ?? boolean?.toLowerCase()]),
    );
  } catch {
    return {};
  }
}

/**
 * The CUDA build of TensorFlow 2.21 finds CUDA's wheels beside itself, save cuSOLVER: the path to it stands in the
 * library that holds the ops, but it is the framework library that opens it. Without it TensorFlow ignores every GPU.
 */
function cuSolver(directory: string): string[] {
  const place = join(directory, '..', 'nvidia', 'cusolver', 'lib');
  if (!existsSync(place)) return [];
  const names = readdirSync(place).filter((name) => /^libcusolver\.so\.\d+$/.test(name));
  return names.map((name) => join(place, name));
}

/**
 * Finds TensorFlow's libraries and headers in a folder: Python's package `tensorflow`, the folder that holds it, or an
 * unpacked archive of TensorFlow's C library.
 *
 * @throws Error naming the folder if something is missing there.
 */
export function tensorFlowFiles(folder: string, source: TensorFlowSource): TensorFlowFiles {
  for (const directory of [folder, join(folder, 'tensorflow')]) {
    for (const place of [directory, join(directory, 'lib')]) {
      const main = INTERFACES.map((name) => join(place, name)).find((path) => existsSync(path));
      const framework = join(place, FRAMEWORK);
      const include = join(directory, 'include');
      if (!main || !existsSync(framework)) continue;
      if (!existsSync(join(include, 'tensorflow', 'c', 'c_api.h'))) {
        throw new Error(`${include} has no tensorflow/c/c_api.h`);
      }
      const libraries = [main, framework];
      const strayLibraries = cuSolver(directory);
      return { source, directory, include, libraries, strayLibraries, build: buildInfo(directory) };
    }
  }
  throw new Error(`${folder} has no ${INTERFACES[0]} and ${FRAMEWORK}`);
}
