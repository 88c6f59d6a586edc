import { CommandError, runCommand } from './run_command.js';

/** A C++ compiler: a program with its options, and what it says of itself. */
export interface Compiler {
  readonly command: readonly [string, ...string[]];
  readonly version: string;
}

/**
 * The C++ compiler: `$CXX`, else the first of c++, g++ and clang++ that runs.
 *
 * @throws Error if there is none.
 */
export async function findCompiler(signal?: AbortSignal): Promise<Compiler> {
  const wanted = process.env.CXX?.trim().split(/\s+/) ?? [];
  const candidates = [wanted, ['c++'], ['g++'], ['clang++']];
  for (const [program, ...options] of candidates) {
    if (!program) continue;
    try {
      const output = await runCommand(program, [...options, '--version'], { signal });
      return { command: [program, ...options], version: output.split('\n')[0]?.trim() ?? program };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  throw new Error('there is no C++ compiler: none of $CXX, c++, g++, clang++ runs');
}
