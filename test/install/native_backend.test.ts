import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { FakeMachine, temporaryDirectory } from '../support/fake_tools.js';
import { Project } from '../support/packed_runtime.js';

const SET_UP = `
import { setUp } from '@chui/runtime/setup';
try {
  const result = await setUp({ report: ({ stage, message }) => console.log(stage + ': ' + message) });
  console.log(JSON.stringify(result));
} catch (error) {
  console.log('failed: ' + error.message);
  process.exitCode = 1;
}`;

const TRAIN = `
import '@chui/runtime/register';
import * as tf from '@tensorflow/tfjs-node';
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
const { history } = await model.fit(tf.ones([4, 2]), tf.zeros([4, 1]), { epochs: 2, verbose: 0 });
console.log(tf.getBackend(), history.loss[1] < history.loss[0], Array.from(tf.topk([1, 3, 2]).values.dataSync()));`;

const INFO = `
import { runtimeInfo } from '@chui/runtime/setup';
console.log(JSON.stringify(runtimeInfo()));`;

const COMPILE = `
import { jit, useBackend } from '@chui/runtime';
import * as tf from '@tensorflow/tfjs-core';
await useBackend('native');
const fn = jit((x) => tf.sum(tf.tanh(tf.matMul(x, x))), { xla: true });
console.log(fn(tf.ones([2, 2])).dataSync()[0].toFixed(4), process.env.TF_XLA_FLAGS);`;

const TRAINED = 'tensorflow true [ 3 ]\n';

describe.skipIf(!inject('hasNativeBackend'))('the native backend, as installed', () => {
  let project: Project;

  beforeAll(() => {
    project = Project.create();
  }, 300_000);

  afterAll(() => project?.remove());

  describe('before it is set up', () => {
    beforeEach(async () => {
      vi.stubEnv('CHUI_CACHE_DIR', await temporaryDirectory());
      return () => vi.unstubAllEnvs();
    });

    it("says in one line how to, when upstream's package is imported", async () => {
      const { status, stderr } = await project.run(TRAIN);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/^Error: the native backend is not set up: run `chui setup`$/m);
    });

    it('computes on WASM, with one warning', async () => {
      const { stdout, stderr } = await project.run(`
        import { useBackend } from '@chui/runtime';
        await useBackend();
        console.log(JSON.stringify(await useBackend('auto')));`);
      const reason = 'the native backend is not set up: run `chui setup`';
      expect(JSON.parse(stdout)).toEqual({ backend: 'wasm', device: 'cpu', reason });
      expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(reason)]);
      expect(JSON.parse((await project.run(INFO)).stdout)).toMatchObject({ backend: 'wasm', reason });
    });
  });

  it('is compiled by the compiler of this machine, then trains without a word of TensorFlow, and keeps what XLA compiles', async () => {
    const tensorflow = FakeMachine.realTensorFlow();
    vi.stubEnv('CHUI_TENSORFLOW_DIR', tensorflow);
    vi.stubEnv('CHUI_CACHE_DIR', await temporaryDirectory());
    try {
      const setup = await project.run(SET_UP);
      expect(setup.stdout).toMatch(/^compile: compiling the addon with /m);
      expect(setup).toMatchObject({ status: 0, stderr: '' });
      for (const name of ['tfjs-node', 'tfjs-node-gpu']) {
        const code = TRAIN.replace('tfjs-node', name);
        expect(await project.run(code)).toEqual({ status: 0, stdout: TRAINED, stderr: '' });
      }
      const worker = await project.run(`
        import { Worker, isMainThread } from 'node:worker_threads';
        import '@chui/runtime/register';
        if (isMainThread) for (const _ of [1, 2]) new Worker(new URL(import.meta.url));
        else {
          const { useBackend } = await import('@chui/runtime');
          console.log((await useBackend('native')).backend);
        }`);
      expect(worker).toEqual({ status: 0, stdout: 'native\nnative\n', stderr: '' });
      vi.stubEnv('CHUI_THREADS', '1');
      expect(JSON.parse((await project.run(INFO)).stdout)).toMatchObject({
        backend: 'native',
        device: { type: expect.stringMatching(/^[cg]pu$/) },
        tensorflow: { source: 'directory', directory: tensorflow, variant: 'cpu' },
        xla: true,
        threads: { count: 1, source: 'CHUI_THREADS' },
        node: { version: process.version },
      });

      const programs = () => {
        const all = join(process.env.CHUI_CACHE_DIR!, 'xla');
        const [folder] = readdirSync(all).map((name) => join(all, name));
        return readdirSync(folder!).map((name) => join(folder!, name));
      };
      const compiled = { status: 0, stdout: '3.8561 undefined\n', stderr: '' };
      expect(await project.run(COMPILE)).toEqual(compiled);
      const [program, ...others] = programs();
      expect(others).toEqual([]);
      const { mtimeMs } = statSync(program!);
      expect(await project.run(COMPILE)).toEqual(compiled);
      expect(statSync(program!).mtimeMs).toBe(mtimeMs);
      truncateSync(program!, 1000);
      expect(await project.run(COMPILE)).toEqual(compiled);
      expect(programs().map((path) => statSync(path).size > 1000)).toEqual([true]);
    } finally {
      vi.unstubAllEnvs();
    }
  }, 300_000);

  describe('with fake tools', () => {
    let machine: FakeMachine;

    beforeEach(async () => {
      machine = await FakeMachine.create();
    });

    const content = () => readdirSync(machine.native).map((name) => name.replace(/-.*/, ''));

    it.each([
      ['fetching the wheel', 'download: ', () => machine.python('exec /bin/sleep 60')],
      ['unpacking it', 'unpack: ', () => machine.python(undefined, '/bin/sleep 60')],
      ['compiling', 'compile: ', () => machine.tool('c++', machine.compilerText('/bin/sleep 60'))],
      ['trying the addon', 'test: ', () => undefined],
    ])('a set-up that is killed while %s is taken up by the next', async (_what, stage, slowDown) => {
      slowDown();
      const onOutput = (text: string, pid: number): void => {
        if (text.includes(stage)) process.kill(pid, 'SIGKILL');
      };
      const killed = await project.run(SET_UP, { onOutput });
      expect(killed.status).toBeNull();
      expect(content()).not.toContain('addon');
      expect((await project.run(TRAIN)).stderr).toContain('run `chui setup`');
      machine.restore();
      const next = await project.run(SET_UP);
      expect(next.stdout).toContain('"reused":false');
      expect(content().sort()).toEqual(['addon', 'tensorflow']);
      expect((await project.run(TRAIN)).stdout).toBe(TRAINED);
    });

    it('two processes at once do the work once', async () => {
      machine.tool('c++', machine.compilerText('/bin/sleep 1'));
      const both = await Promise.all([project.run(SET_UP), project.run(SET_UP)]);
      expect(both.map(({ status }) => status)).toEqual([0, 0]);
      expect(machine.log()).toEqual(['download', 'compile']);
    });

    it('a disk that takes no more fails in one line, and the next set-up repairs it', async () => {
      const limited = await project.run(SET_UP, {
        wrapper: ['/bin/sh', '-c', 'ulimit -f 64; exec "$0" "$@"'],
      });
      expect(limited.status).toBe(1);
      expect(limited.stdout).toMatch(/^failed: .*the pinned wheel cannot be used: .*File too large$/m);
      expect(content()).toEqual([]);
      expect((await project.run(SET_UP)).status).toBe(0);
    });
  });

  it('says that two copies of tfjs-core are installed', async () => {
    const machine = await FakeMachine.create();
    await project.run(SET_UP);
    const result = await project.withSecondCore(() =>
      project.run(`
        import { useBackend } from '@chui/runtime';
        await useBackend('native');`),
    );
    expect(machine.log()).toEqual(['download', 'compile']);
    expect(result.stderr).toMatch(/^Error: two copies of @tensorflow\/tfjs-core are installed: /m);
  });

  describe("with upstream's binary", () => {
    let own: Project;
    let machine: FakeMachine;

    beforeAll(() => {
      own = Project.create();
      own.installUpstream(FakeMachine.realAddon());
    }, 300_000);

    afterAll(() => own?.remove());

    beforeEach(async () => {
      machine = await FakeMachine.create();
    });

    it('keeps it where it works', async () => {
      expect((await own.run(TRAIN)).stdout).toBe(TRAINED);
      expect(JSON.parse((await own.run(INFO)).stdout)).toMatchObject({
        tensorflow: { source: 'upstream' },
        addon: { path: expect.stringContaining(join('tfjs-node', 'lib', 'napi-v8')) },
      });
      expect((await own.run(SET_UP)).stdout).toContain('"source":"upstream"');
      expect(machine.log()).toEqual([]);
    });

    it('goes on without it where it does not load', async () => {
      const binary = join(own.module('@tensorflow/tfjs-node'), 'lib', 'napi-v8', 'tfjs_binding.node');
      writeFileSync(binary, 'not a library');
      expect((await own.run(TRAIN)).stderr).toMatch(
        /^Error: upstream's binary does not load \(.*\) and the native backend is not set up: run `chui setup`$/m,
      );
      expect((await own.run(SET_UP)).status).toBe(0);
      expect((await own.run(TRAIN)).stdout).toBe(TRAINED);
    });
  });
});
