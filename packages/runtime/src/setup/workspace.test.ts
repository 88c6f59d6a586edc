import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/fake_tools.js';
import { Workspace } from './workspace.js';

/** No process has this id: Linux and macOS count no further than 4,194,304. */
const DEAD = 999_999_999;
const quiet = (): void => {};

describe('Workspace', () => {
  let directory: string;
  let lock: string;

  beforeEach(async () => {
    directory = join(await temporaryDirectory(), 'native');
    lock = join(directory, 'lock');
  });

  it('leaves nothing behind when it is closed', async () => {
    const workspace = await Workspace.open(directory, quiet);
    writeFileSync(join(await workspace.temporary('addon'), 'half'), '');
    expect(readdirSync(directory)).toHaveLength(2);
    await workspace.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('lets one in at a time, and says that it waits', async () => {
    const first = await Workspace.open(directory, quiet);
    const messages: string[] = [];
    let entered = false;
    const second = Workspace.open(directory, ({ message }) => messages.push(message)).then((workspace) => {
      entered = true;
      return workspace;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(entered).toBe(false);
    expect(messages).toEqual(['waiting for another set-up to finish']);
    await first.close();
    await (await second).close();
  });

  it('stops waiting when it is aborted', async () => {
    const first = await Workspace.open(directory, quiet);
    await expect(Workspace.open(directory, quiet, AbortSignal.timeout(100))).rejects.toThrow(/abort/i);
    await first.close();
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: DEAD, host: hostname() }), new Date()],
    [
      'that was not renewed',
      JSON.stringify({ pid: process.pid, host: hostname() }),
      new Date(Date.now() - 60_000),
    ],
    ['of which nothing was written', '', new Date(Date.now() - 60_000)],
  ])('takes a lock %s', async (_what, content, time) => {
    mkdirSync(directory);
    writeFileSync(lock, content);
    utimesSync(lock, time, time);
    const workspace = await Workspace.open(directory, quiet);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
    await workspace.close();
  });

  it('removes what processes that are gone left, and nothing else', async () => {
    const kept = [`tmp-${process.ppid}-addon-x`, 'tensorflow-1-cpu', 'addon-cpu'];
    for (const name of [...kept, `tmp-${DEAD}-download-x`])
      mkdirSync(join(directory, name), { recursive: true });
    const workspace = await Workspace.open(directory, quiet);
    await workspace.close();
    expect(readdirSync(directory).sort()).toEqual(kept.sort());
  });

  describe('publish', () => {
    const good = (place: string): boolean => readFileSync(join(place, 'file'), 'utf8') === 'good';

    async function publish(content: string): Promise<string> {
      const workspace = await Workspace.open(directory, quiet);
      const place = join(directory, 'made');
      const made = await workspace.temporary('made');
      writeFileSync(join(made, 'file'), content);
      await workspace.publish(made, place, good);
      await workspace.close();
      return readFileSync(join(place, 'file'), 'utf8');
    }

    it('renames what was made to its place', async () => {
      expect(await publish('new')).toBe('new');
      expect(readdirSync(directory)).toEqual(['made']);
    });

    it('keeps a good one that came there first', async () => {
      await publish('good');
      expect(await publish('new')).toBe('good');
    });

    it('replaces a damaged one', async () => {
      await publish('damaged');
      expect(await publish('new')).toBe('new');
      expect(existsSync(lock)).toBe(false);
    });
  });
});
