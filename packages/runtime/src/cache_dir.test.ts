import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheDirectory } from './cache_dir.js';

describe('cacheDirectory', () => {
  it.each([
    ['linux', {}, join(homedir(), '.cache', 'chui')],
    ['linux', { XDG_CACHE_HOME: '/caches' }, join('/caches', 'chui')],
    ['darwin', {}, join(homedir(), 'Library', 'Caches', 'chui')],
    ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'chui')],
    ['win32', {}, join(homedir(), 'AppData', 'Local', 'chui')],
    ['linux', { CHUI_CACHE_DIR: '/own', XDG_CACHE_HOME: '/caches' }, '/own'],
  ] as const)('on %s with %j', (platform, env, expected) => {
    expect(cacheDirectory(env, platform)).toBe(expected);
  });
});
