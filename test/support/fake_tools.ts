import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { installedAddon } from '../../packages/runtime/src/native/installed.js';
import { upstreamPackages } from '../../packages/runtime/src/native/upstream.js';

/** The addon that the tests' own set-up made, and the folder of the libraries that it runs with. */
function realSetUp(): { addon: string; tensorflow: string } {
  const addon = installedAddon('cpu', upstreamPackages()[0]!);
  if (!addon) throw new Error('the native backend is not set up');
  return { addon: addon.path, tensorflow: resolve(dirname(addon.path), addon.tensorflow.directory) };
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'chui-test-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function script(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** Writes what an addon is built against into a folder, as Python's package has it. */
export function fakeTensorFlow(directory: string): string {
  mkdirSync(join(directory, 'include', 'tensorflow', 'c'), { recursive: true });
  writeFileSync(join(directory, 'include', 'tensorflow', 'c', 'c_api.h'), '// headers\n');
  for (const stem of ['libtensorflow_cc', 'libtensorflow_framework']) {
    const name = process.platform === 'darwin' ? `${stem}.2.dylib` : `${stem}.so.2`;
    writeFileSync(join(directory, name), stem.repeat(10_000));
  }
  return directory;
}

/**
 * A machine of its own: a cache directory, and a PATH with nothing but a C++ compiler that copies the real addon, and a
 * Python without TensorFlow whose pip "downloads" a small wheel. Each writes a line to `log` when it is run.
 */
export class FakeMachine {
  private constructor(
    readonly directory: string,
    readonly realPython: string,
    readonly real: ReturnType<typeof realSetUp>,
  ) {}

  static async create(): Promise<FakeMachine> {
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
    const machine = new FakeMachine(await temporaryDirectory(), python.trim(), realSetUp());
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('PATH', machine.bin);
    vi.stubEnv('CXX', undefined);
    vi.stubEnv('CHUI_TENSORFLOW_DIR', undefined);
    vi.stubEnv('CHUI_CACHE_DIR', machine.cache);
    // What the copied addon was linked with is looked for here first.
    vi.stubEnv('LD_LIBRARY_PATH', machine.real.tensorflow);
    vi.stubEnv('DYLD_LIBRARY_PATH', machine.real.tensorflow);
    machine.wheel();
    machine.restore();
    return machine;
  }

  /** The addon that the tests' own set-up made. */
  static realAddon(): string {
    return realSetUp().addon;
  }

  /** The folder of the TensorFlow that the tests' own set-up found. */
  static realTensorFlow(): string {
    return realSetUp().tensorflow;
  }

  /** Puts tools onto the PATH that do what they should. */
  restore(): void {
    this.tool('c++', this.compilerText());
    this.python();
  }

  get bin(): string {
    return join(this.directory, 'bin');
  }

  get cache(): string {
    return join(this.directory, 'cache');
  }

  get native(): string {
    return join(this.cache, 'native');
  }

  /** What the fake tools did, a line each. */
  log(): string[] {
    try {
      return readFileSync(join(this.directory, 'log'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }

  /** Puts a shell script onto the PATH; `$LOG` names the log. Tools of the system are found by their full paths. */
  tool(name: string, text: string): void {
    script(join(this.bin, name), `LOG='${join(this.directory, 'log')}'\n${text}`);
  }

  /** A compiler that copies the real addon to where `-o` says; `before` runs first. */
  compilerText(before = ''): string {
    const copy = `if [ "$previous" = -o ]; then /bin/cp '${this.real.addon}' "$argument"; fi; previous="$argument"`;
    const version = 'if [ "$1" = --version ]; then echo "fake c++ 1.0"; exit 0; fi';
    return `${version}\necho compile >> "$LOG"\n${before}\nfor argument; do ${copy}; done`;
  }

  /**
   * A Python whose `pip download` runs `download` with `$DEST` set, by default a copy of the wheel; `other` runs before
   * anything else that it is asked to do.
   */
  python(download = `/bin/cp '${this.wheelPath}' "$DEST"`, other = ''): void {
    const destination =
      'for argument; do if [ "$previous" = --dest ]; then DEST="$argument"; fi; previous="$argument"; done';
    const pip = `if [ "$2" = pip ]; then echo download >> "$LOG"\n${destination}\n${download}\nexit; fi`;
    const find = `case "$1" in *find_tensorflow.py) echo '${JSON.stringify({
      executable: join(this.bin, 'python3'),
      version: '3.12.0',
      pip: true,
      tensorflow: null,
    })}'; exit;; esac`;
    this.tool('python3', `${find}\n${pip}\n${other}\nexec '${this.realPython}' "$@"`);
  }

  get wheelPath(): string {
    return join(this.directory, 'tensorflow_fake-1.0-py3-none-any.whl');
  }

  private wheel(): void {
    const contents = join(this.directory, 'wheel');
    fakeTensorFlow(join(contents, 'tensorflow'));
    const zip =
      'import shutil, sys; shutil.move(shutil.make_archive(sys.argv[1], "zip", sys.argv[2]), sys.argv[1])';
    execFileSync(this.realPython, ['-c', zip, this.wheelPath, contents]);
  }
}
