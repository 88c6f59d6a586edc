import { join } from 'node:path';
import { nativeSources } from '../native/upstream.js';
import { CommandError, runCommand } from './run_command.js';

/** A Python interpreter and what is installed for it. */
export interface Python {
  readonly executable: string;
  readonly version: string;
  readonly pip: boolean;
  /** The folder of its package `tensorflow`, or null. */
  readonly tensorflow: string | null;
}

/** The Python interpreters on the PATH, `python3` first; ones that do not run are left out. */
export async function findPythons(signal?: AbortSignal): Promise<Python[]> {
  const pythons = new Map<string, Python>();
  for (const program of ['python3', 'python']) {
    try {
      const output = await runCommand(program, [join(nativeSources, 'find_tensorflow.py')], { signal });
      const python = JSON.parse(output) as Python;
      pythons.set(python.executable, python);
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof SyntaxError)) throw error;
    }
  }
  return [...pythons.values()];
}
