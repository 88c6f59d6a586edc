import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runtime = fileURLToPath(new URL('../../packages/runtime', import.meta.url));
const { resolve } = createRequire(join(runtime, 'package.json'));
const packageDirectory = (name: string): string => dirname(realpathSync(resolve(`${name}/package.json`)));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project in which @chui/runtime is installed as npm would pack it. */
export class Project {
  private constructor(readonly directory: string) {}

  static create(): Project {
    const project = new Project(realpathSync(mkdtempSync(join(tmpdir(), 'chui-project-'))));
    try {
      project.install();
    } catch (error) {
      project.remove();
      throw error;
    }
    return project;
  }

  private install(): void {
    writeFileSync(join(this.directory, 'package.json'), '{ "type": "module" }');
    const compiler = join(runtime, '../../node_modules/.bin/tsc');
    execFileSync(compiler, ['--build', runtime]);
    const options = { cwd: runtime, encoding: 'utf8' } as const;
    const archive = execFileSync('npm', ['pack', '--silent', '--pack-destination', this.directory], options);
    const place = this.module('@chui/runtime');
    mkdirSync(place, { recursive: true });
    const strip = ['--strip-components=1', '-C', place];
    execFileSync('tar', ['-xzf', join(this.directory, archive.trim()), ...strip]);
    for (const name of ['core', 'backend-wasm', 'backend-cpu', 'node', 'node-gpu']) {
      this.link(`@tensorflow/tfjs-${name}`);
    }
    this.link('node-api-headers');
  }

  module(name: string): string {
    return join(this.directory, 'node_modules', name);
  }

  private link(name: string): void {
    mkdirSync(dirname(this.module(name)), { recursive: true });
    symlinkSync(packageDirectory(name), this.module(name));
  }

  /** Installs a copy of @tensorflow/tfjs-node of the project's own, with a binary of upstream's in it. */
  installUpstream(binary: string): void {
    const original = packageDirectory('@tensorflow/tfjs-node');
    const copy = this.module('@tensorflow/tfjs-node');
    rmSync(copy);
    cpSync(original, copy, {
      recursive: true,
      filter: (path) => !path.includes('/node_modules/', original.length),
    });
    // What stands beside the original is what it depends on.
    const beside = dirname(dirname(original));
    for (const name of [
      '@tensorflow/tfjs',
      '@mapbox/node-pre-gyp',
      'google-protobuf',
      'https-proxy-agent',
      'progress',
      'rimraf',
      'tar',
      'adm-zip',
    ]) {
      const place = this.module(name);
      mkdirSync(dirname(place), { recursive: true });
      if (!existsSync(place)) symlinkSync(realpathSync(join(beside, name)), place);
    }
    mkdirSync(join(copy, 'lib', 'napi-v8'), { recursive: true });
    cpSync(binary, join(copy, 'lib', 'napi-v8', 'tfjs_binding.node'));
  }

  /** Runs `body` while the project has a copy of @tensorflow/tfjs-core that is not the one of @tensorflow/tfjs-node. */
  async withSecondCore<T>(body: () => Promise<T>): Promise<T> {
    const original = packageDirectory('@tensorflow/tfjs-core');
    const copy = this.module('@tensorflow/tfjs-core');
    rmSync(copy);
    mkdirSync(join(copy, 'dist'), { recursive: true });
    for (const file of ['package.json', 'dist/tf-core.node.js'])
      cpSync(join(original, file), join(copy, file));
    const needs = join(copy, 'node_modules');
    mkdirSync(needs);
    const beside = dirname(dirname(original));
    for (const name of ['long', 'seedrandom', 'node-fetch'])
      symlinkSync(realpathSync(join(beside, name)), join(needs, name));
    try {
      return await body();
    } finally {
      rmSync(copy, { recursive: true });
      symlinkSync(original, copy);
    }
  }

  /** Runs a module in the project with the environment of the test; `onOutput` is told of the output as it comes. */
  run(
    code: string,
    { wrapper = [], onOutput }: { wrapper?: string[]; onOutput?: (text: string, pid: number) => void } = {},
  ): Promise<Outcome> {
    const path = join(this.directory, `script-${Math.random().toString(36).slice(2)}.mjs`);
    writeFileSync(path, code);
    const [program, ...args] = [...wrapper, process.execPath, path];
    const child = spawn(program!, args, { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput?.(stdout, child.pid!);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      // Not `close`: tools of a set-up that was killed may hold its output open.
      child.on('exit', (status) => setTimeout(() => resolve({ status, stdout, stderr }), 100));
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
