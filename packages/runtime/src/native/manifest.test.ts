import { mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/fake_tools.js';
import { portablePath, readManifest, writeManifest } from './manifest.js';

describe('manifest', () => {
  let directory: string;
  let inside: string;
  let outside: string;

  beforeEach(async () => {
    const root = await temporaryDirectory();
    directory = join(root, 'made');
    inside = join(directory, 'library');
    outside = join(root, 'outside');
    mkdirSync(directory);
    for (const path of [inside, outside]) writeFileSync(path, 'content');
    await writeManifest(directory, ['library', outside], { version: '1' });
  });

  it('gives the facts while every file is as it was', () => {
    expect(readManifest(directory)).toMatchObject({ version: '1' });
  });

  it.each([
    ['is cut short', () => truncateSync(inside, 3)],
    ['is missing', () => rmSync(inside)],
    ['is replaced by one of the same size', () => utimesSync(outside, 1, 1)],
    ['is not whole itself', () => truncateSync(join(directory, 'manifest.json'), 20)],
    [
      'is of another format',
      () => writeFileSync(join(directory, 'manifest.json'), '{"format":2,"files":[]}'),
    ],
    ['was not written', () => rmSync(join(directory, 'manifest.json'))],
  ])('gives nothing when a file %s', (_what, damage) => {
    damage();
    expect(readManifest(directory)).toBeUndefined();
  });
});

describe('portablePath', () => {
  it('is relative inside the root only', () => {
    expect(portablePath('/cache/a/library', '/cache/b', '/cache')).toBe(join('..', 'a', 'library'));
    expect(portablePath('/usr/lib/library', '/cache/b', '/cache')).toBe('/usr/lib/library');
  });
});
