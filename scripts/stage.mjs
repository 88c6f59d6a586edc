import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository; commands run in it wherever they were started. */
export const root = fileURLToPath(new URL('..', import.meta.url));
export const inRoot = (...path) => join(root, ...path);

/** What went wrong, in one line, and all that the failing command printed. */
export class StageError extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output.trim();
  }
}

const running = new Set();
let stopping = false;

// Ctrl-C reaches the commands too, being sent to the whole foreground group: what they leave behind is their own
// affair. A signal to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopping = true;
    if (signal !== 'SIGINT' || !process.stdin.isTTY) for (const child of running) child.kill(signal);
  });
}

/** Whether somebody wants this program to end. */
export const isStopping = () => stopping;

const start = (command, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    running.add(child);
    child.once('error', (error) => {
      running.delete(child);
      reject(new StageError(`${command} cannot be started: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, output });
    });
  });

/** Runs a command on this terminal and gives its exit code. */
export async function runHere(command, args, options = {}) {
  const { code, signal } = await start(command, args, { stdio: 'inherit', ...options });
  if (signal) console.error(`stopped by ${signal}`);
  return code ?? 1;
}

/** Runs a command whose output nobody sees unless it matters; a code other than 0 does not throw. */
export const runQuietly = (command, args, { env, ...options } = {}) =>
  start(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, NO_UPDATE_NOTIFIER: '1', ...env },
    ...options,
  });

/** Runs a command, quiet while it works. */
export async function runOrThrow(command, args, options) {
  const { code, signal, output } = await runQuietly(command, args, options);
  if (code !== 0) throw new StageError(`${command} ended with ${signal ?? `code ${code}`}`, output);
  return output;
}

/**
 * One step of a script: shows what it is doing while it works (on a terminal), then one line with its result and time.
 *
 * @param work gets a function to say what is happening, and may return what its line should add
 */
export async function stage(name, work) {
  const started = Date.now();
  let doing = '';
  const line = (mark, detail) =>
    `${mark} ${name.padEnd(18)}${`${((Date.now() - started) / 1000).toFixed(1)} s`.padStart(9)}  ${detail}`.trimEnd();
  const show = () => {
    const width = process.stdout.columns || 80;
    process.stdout.write(`\r\x1b[K${line('…', doing).slice(0, width - 1)}`);
  };
  const timer = process.stdout.isTTY ? setInterval(show, 200) : undefined;
  const finish = (mark, detail) => {
    clearInterval(timer);
    console.log(`${timer ? '\r\x1b[K' : ''}${line(mark, detail)}`);
  };
  try {
    const detail = await work((message) => {
      doing = message;
    });
    finish('✓', detail ?? '');
  } catch (error) {
    finish('✗', error.message);
    throw error;
  }
}
