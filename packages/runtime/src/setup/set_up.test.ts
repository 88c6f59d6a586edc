import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { FakeMachine, fakeTensorFlow } from '../../../../test/support/fake_tools.js';
import { installedAddon, wheelDirectory } from '../native/installed.js';
import { upstreamPackages } from '../native/upstream.js';
import type { SetupEvent } from './events.js';
import { setUp } from './set_up.js';

/** The fake tools make what the real ones once made on this machine. */
describe.skipIf(!inject('hasNativeBackend'))('setUp', () => {
  let machine: FakeMachine;

  beforeEach(async () => {
    machine = await FakeMachine.create();
  });

  const installed = () => installedAddon('cpu', upstreamPackages()[0]!);
  const leftovers = () => readdirSync(machine.native).filter((name) => /^(tmp-|lock)/.test(name));

  it('fetches the wheel, compiles, and is done at once when repeated', async () => {
    const events: SetupEvent[] = [];
    const first = await setUp({ report: (event) => events.push(event) });
    expect(first).toMatchObject({ reused: false, variant: 'cpu', tensorflow: { source: 'wheel' } });
    expect(first.path).toBe(installed()?.path);
    expect([...new Set(events.map(({ stage }) => stage))]).toEqual([
      'download',
      'unpack',
      'search',
      'compile',
      'test',
    ]);
    expect(events.filter(({ stage }) => stage === 'unpack').at(-1)?.fraction).toBe(1);
    expect(await setUp()).toEqual({ ...first, reused: true });
    expect(machine.log()).toEqual(['download', 'compile']);
    expect(leftovers()).toEqual([]);
  });

  describe('sources', () => {
    it('prefers $CHUI_TENSORFLOW_DIR', async () => {
      const directory = fakeTensorFlow(join(machine.directory, 'own', 'tensorflow'));
      vi.stubEnv('CHUI_TENSORFLOW_DIR', dirname(directory));
      expect((await setUp()).tensorflow.source).toBe('directory');
      expect(installed()?.tensorflow.directory).toBe(directory);
      expect(machine.log()).toEqual(['compile']);
    });

    it("then takes Python's tensorflow", async () => {
      const tensorflow = fakeTensorFlow(join(machine.directory, 'site', 'tensorflow'));
      const found = { executable: 'python', version: '3.12', pip: true, tensorflow };
      machine.tool('python', `echo '${JSON.stringify(found)}'`);
      expect((await setUp()).tensorflow.source).toBe('python');
      expect(installed()?.tensorflow.directory).toBe(tensorflow);
      expect(machine.log()).toEqual(['compile']);
    });

    it('goes on to the next where one does not work, and says why', async () => {
      const directory = fakeTensorFlow(join(machine.directory, 'own'));
      rmSync(join(directory, 'include'), { recursive: true });
      vi.stubEnv('CHUI_TENSORFLOW_DIR', directory);
      const notes: string[] = [];
      const result = await setUp({ report: ({ stage, message }) => stage === 'note' && notes.push(message) });
      expect(result.tensorflow.source).toBe('wheel');
      const reason = `${join(directory, 'include')} has no tensorflow/c/c_api.h`;
      expect(notes).toEqual([`$CHUI_TENSORFLOW_DIR cannot be used: ${reason}`]);
    });

    it('prefers an earlier set-up to all, unless forced', async () => {
      await setUp();
      vi.stubEnv('CHUI_TENSORFLOW_DIR', fakeTensorFlow(join(machine.directory, 'own')));
      expect(await setUp()).toMatchObject({ reused: true, tensorflow: { source: 'wheel' } });
      expect(await setUp({ force: true })).toMatchObject({
        reused: false,
        tensorflow: { source: 'directory' },
      });
      expect(await setUp()).toMatchObject({ reused: true, tensorflow: { source: 'directory' } });
    });

    it('is made anew when a TensorFlow outside the cache was replaced', async () => {
      const directory = fakeTensorFlow(join(machine.directory, 'own'));
      vi.stubEnv('CHUI_TENSORFLOW_DIR', directory);
      await setUp();
      for (const name of readdirSync(directory)) {
        if (name.startsWith('libtensorflow_cc')) appendFileSync(join(directory, name), 'newer');
      }
      expect(installed()).toBeUndefined();
      expect((await setUp()).reused).toBe(false);
    });
  });

  describe('says in one line what is missing:', () => {
    const message = async (): Promise<string> => {
      const error = await setUp().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).not.toContain('\n');
      return (error as Error).message;
    };

    it('a compiler, before anything is fetched', async () => {
      rmSync(join(machine.bin, 'c++'));
      expect(await message()).toBe('there is no C++ compiler: none of $CXX, c++, g++, clang++ runs');
      expect(machine.log()).toEqual([]);
    });

    it('Python', async () => {
      rmSync(join(machine.bin, 'python3'));
      expect(await message()).toMatch(/the pinned wheel cannot be used: Python 3 is not on the PATH$/);
    });

    it('pip', async () => {
      const bare = { executable: '/usr/bin/python3', version: '3.12', pip: false, tensorflow: null };
      machine.tool('python3', `echo '${JSON.stringify(bare)}'`);
      expect(await message()).toMatch(/\/usr\/bin\/python3 has no pip$/);
    });

    it('the network', async () => {
      machine.python('echo "ERROR: Could not find a version that satisfies the requirement" >&2; exit 1');
      expect(await message()).toMatch(/failed with status 1: ERROR: Could not find a version that satisfies/);
    });

    it('room on the disk', async () => {
      machine.tool('c++', machine.compilerText('echo "fatal error: No space left on device" >&2; exit 1'));
      expect(await message()).toMatch(/fatal error: No space left on device$/);
      expect(leftovers()).toEqual([]);
      expect(installed()).toBeUndefined();
      machine.tool('c++', machine.compilerText());
      expect((await setUp()).reused).toBe(false);
      expect(machine.log()).toEqual(['download', 'compile', 'compile']);
    });
  });

  describe('repairs', () => {
    it.each([
      ['a truncated addon', () => truncateSync(installed()!.path, 1000), ['compile']],
      [
        'a manifest cut short',
        () => truncateSync(join(dirname(installed()!.path), 'manifest.json'), 50),
        ['compile'],
      ],
      [
        'a truncated library',
        () => truncateSync(join(wheelDirectory('cpu'), 'tensorflow', readdirLibrary()), 10),
        ['download', 'compile'],
      ],
      [
        'an unpacked wheel without its manifest',
        () => rmSync(join(wheelDirectory('cpu'), 'manifest.json')),
        ['download', 'compile'],
      ],
      [
        'a cache that was emptied',
        () => rmSync(machine.native, { recursive: true }),
        ['download', 'compile'],
      ],
    ])('%s', async (_what, damage, again) => {
      await setUp();
      damage();
      expect(installed()).toBeUndefined();
      expect((await setUp()).reused).toBe(false);
      expect(installed()).toBeDefined();
      expect(machine.log()).toEqual(['download', 'compile', ...again]);
      expect(leftovers()).toEqual([]);
    });

    /** Where the compressed content of a library begins in the wheel: a little after its first mention. */
    const contentAt = (wheel: Uint8Array): number => Buffer.from(wheel).indexOf('libtensorflow_cc') + 60;

    it.each([
      ['cut short', (wheel: Uint8Array) => wheel.subarray(0, wheel.length / 2), /File is not a zip file/],
      [
        'with other bytes in it',
        (wheel: Uint8Array) => wheel.fill(0, contentAt(wheel), contentAt(wheel) + 10),
        /Bad CRC-32|Error -3 while/,
      ],
    ])('a wheel %s, of which nothing is kept', async (_what, damage, message) => {
      const whole = join(machine.directory, 'whole');
      copyFileSync(machine.wheelPath, whole);
      writeFileSync(machine.wheelPath, damage(new Uint8Array(readFileSync(whole))));
      await expect(setUp()).rejects.toThrow(message);
      expect(readdirSync(machine.native)).toEqual([]);
      copyFileSync(whole, machine.wheelPath);
      expect((await setUp()).reused).toBe(false);
    });

    it('an addon that does not load is never kept', async () => {
      writeFileSync(join(machine.directory, 'garbage'), 'no addon');
      const compile = machine.compilerText().replace(machine.real.addon, join(machine.directory, 'garbage'));
      machine.tool('c++', compile);
      await expect(setUp()).rejects.toThrow(/the pinned wheel cannot be used/);
      expect(installed()).toBeUndefined();
      machine.tool('c++', machine.compilerText());
      expect((await setUp()).reused).toBe(false);
    });
  });

  it('does the work once when two are made at once', async () => {
    machine.tool('c++', machine.compilerText('/bin/sleep 0.5'));
    const both = await Promise.all([setUp(), setUp()]);
    expect(both.map(({ reused }) => reused).sort()).toEqual([false, true]);
    expect(machine.log()).toEqual(['download', 'compile']);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    machine.tool('c++', machine.compilerText('exec /bin/sleep 60'));
    const controller = new AbortController();
    const setup = setUp({
      signal: controller.signal,
      report: ({ stage }) => stage === 'compile' && controller.abort(),
    });
    await expect(setup).rejects.toThrow(/abort/i);
    expect(leftovers()).toEqual([]);
  });

  const readdirLibrary = (): string =>
    readdirSync(join(wheelDirectory('cpu'), 'tensorflow')).find((name) =>
      name.startsWith('libtensorflow_cc'),
    )!;
});
