import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command line as it is built. */
export const CHUI = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** What a run of the command line gave. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in a folder. */
export const runChui = (folder: string, ...args: string[]): Promise<Outcome> => tellChui(folder, '', ...args);

/** The same with a text that it reads. */
export function tellChui(folder: string, input: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CHUI, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin!.on('error', () => {}).end(input);
  });
}
