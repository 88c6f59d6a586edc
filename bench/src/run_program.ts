import { spawn } from 'node:child_process';
import { access, readFile, rename, writeFile } from 'node:fs/promises';

/** A program that failed, and said why itself. */
export class FailedProgram extends Error {}

/** Runs a program, whose messages are shown. */
export function runProgram(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else if (signal === null) reject(new FailedProgram(`${command} ended with ${code}`));
      else reject(new Error(`${command} must end by itself, but was ended by ${signal}`));
    });
  });
}

/**
 * What a program writes as JSON, with the seconds that its process took from start to end; unless that is there from an earlier run.
 *
 * @param path where it is kept
 * @param start runs the program, which writes to the file that it is given
 */
export async function resultOf<T extends object>(
  path: string,
  start: (out: string) => Promise<void>,
): Promise<T & { readonly seconds: number }> {
  if (await exists(path)) return readJson(path);
  const unfinished = `${path}.unfinished`;
  const begin = performance.now();
  await start(unfinished);
  const seconds = (performance.now() - begin) / 1000;
  const result = { ...(await readJson<T>(unfinished)), seconds };
  await writeFile(unfinished, JSON.stringify(result));
  await rename(unfinished, path);
  return result;
}

export const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8'));

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
