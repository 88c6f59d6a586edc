import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventFile } from './event_file.js';
import { maskedCrc32c } from './masked_crc32c.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-events-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

it("has the bytes of TensorBoard's own writer", async () => {
  const fixture = new URL('../../../../test/fixtures/tensorboard/events.json', import.meta.url);
  const { time, hex } = JSON.parse(await readFile(fixture, 'utf8')) as { time: number; hex: string };
  vi.useFakeTimers({ toFake: ['Date'], now: 1000 * time });
  const file = await EventFile.create(join(directory, 'new'));
  await file.add(0, { tag: 'run', text: '    {"学習": 1}' });
  await file.add(10, { scalars: { 'train/loss': 1.5, 'train/learning_rate': 0.001 } });
  const long = `eval/${'long'.repeat(50)}`;
  await file.add(300, { scalars: { 'eval/loss': -0.25, 'eval/accuracy': 1e-9, [long]: Infinity } });
  await file.add(201, 'restart');
  await file.add(2 ** 40, { scalars: { 'train/loss': Number.NaN } });
  expect((await readFile(file.path)).toString('hex')).toBe(hex);
});

it('has a name that TensorBoard knows, another one each time', async () => {
  const names = [await EventFile.create(directory), await EventFile.create(directory)].map(({ path }) =>
    basename(path),
  );
  for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.[^/]+$/);
  expect(names[0]).not.toBe(names[1]);
});

it.runIf(existsSync('/proc/self'))('says so where nothing can be made', async () => {
  await expect(EventFile.create('/proc/chui/events')).rejects.toThrow(/^ENOENT: .*'\/proc\/chui'$/);
});

it('has the checksum of RFC 3720 under its mask', () => {
  const unmasked = (data: Uint8Array) => {
    const turned = (maskedCrc32c(data) - 0xa282ead8) >>> 0;
    return ((turned >>> 17) | (turned << 15)) >>> 0;
  };
  expect(unmasked(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(unmasked(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(unmasked(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});
