import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A command that could not be started or failed; the message is one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of the standard output. */
  readonly onLine?: (line: string) => void;
}

const KEPT = 200_000;

/** The line of a failed command's output that says why: the last that speaks of an error, else the last of all. */
function reason(output: string): string {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.findLast((line) => /error\b|no space left/i.test(line)) ?? lines.at(-1) ?? 'no output';
}

/**
 * Runs a program to its end, without a shell.
 *
 * @returns its standard output.
 * @throws CommandError if it cannot be started, or ends with a status other than 0.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...(options.env && { env: options.env }),
      ...(options.signal && { signal: options.signal }),
    });
    const { onLine } = options;
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output = (output + chunk).slice(-KEPT);
    });
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-KEPT);
    });
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(missing ? new CommandError(`${program} is not on the PATH`) : error);
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const end = signal ? `was ended by ${signal}` : `failed with status ${code}`;
        reject(new CommandError(`${program} ${end}: ${reason(errors || output)}`));
      }
    });
  });
}
