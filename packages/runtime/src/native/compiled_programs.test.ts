import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  compiledProgramsDirectory,
  forgetCompiledPrograms,
  keepingCompiledPrograms,
} from './compiled_programs.js';

describe('compiled programs', () => {
  let root = '';
  let directory = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'chui-programs-'));
    vi.stubEnv('CHUI_CACHE_DIR', root);
    vi.stubEnv('TF_XLA_FLAGS', undefined);
    directory = compiledProgramsDirectory('2.0.0');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  const flagsWhileLoading = () => keepingCompiledPrograms(directory, () => process.env.TF_XLA_FLAGS);
  const ours = () => `--tf_xla_persistent_cache_directory=${directory} --tf_xla_persistent_cache_prefix=chui`;

  it('are kept in the cache, by version and processor', () => {
    expect(directory).toMatch(/[\\/]xla[\\/]2\.0\.0-\w+-\w+-[0-9a-f]{12}$/);
    expect(flagsWhileLoading()).toBe(ours());
    expect(existsSync(directory)).toBe(true);
    expect(process.env.TF_XLA_FLAGS).toBeUndefined();
  });

  it('leave the user’s flags as they are', () => {
    vi.stubEnv('TF_XLA_FLAGS', '--tf_xla_clustering_debug');
    expect(flagsWhileLoading()).toBe(`--tf_xla_clustering_debug ${ours()}`);
    expect(process.env.TF_XLA_FLAGS).toBe('--tf_xla_clustering_debug');
    vi.stubEnv('TF_XLA_FLAGS', '--tf_xla_persistent_cache_directory=/elsewhere');
    expect(flagsWhileLoading()).toBe('--tf_xla_persistent_cache_directory=/elsewhere');
  });

  it('are not kept where they cannot be', () => {
    directory = join(root, 'a file', 'xla');
    expect(flagsWhileLoading()).toBeUndefined();
    writeFileSync(join(root, 'file'), '');
    directory = join(root, 'file', 'xla');
    expect(flagsWhileLoading()).toBeUndefined();
  });

  it('lose the flags when loading fails', () => {
    const load = () => {
      throw new Error('no library');
    };
    expect(() => keepingCompiledPrograms(directory, load)).toThrow('no library');
    expect(process.env.TF_XLA_FLAGS).toBeUndefined();
  });

  it('go, the oldest first, when they take too much', () => {
    mkdirSync(directory, { recursive: true });
    const now = Date.now() / 1000;
    const files = { 'old.pb': 500, 'older.pb': 600, 'new.pb': 100 };
    for (const [name, megabytes] of Object.entries(files)) {
      const path = join(directory, name);
      writeFileSync(path, '');
      truncateSync(path, megabytes * 2 ** 20);
      utimesSync(path, now, now - { 'older.pb': 30, 'old.pb': 20, 'new.pb': 10 }[name]!);
    }
    flagsWhileLoading();
    expect(readdirSync(directory)).toEqual(['new.pb']);
  });

  it('go when they were left half written', () => {
    mkdirSync(directory, { recursive: true });
    for (const name of ['a.tmp', 'b.tmp', 'c.pb']) writeFileSync(join(directory, name), '');
    const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
    for (const name of ['a.tmp', 'c.pb']) utimesSync(join(directory, name), longAgo, longAgo);
    flagsWhileLoading();
    expect(readdirSync(directory).sort()).toEqual(['b.tmp', 'c.pb']);
    forgetCompiledPrograms(directory);
    expect(existsSync(directory)).toBe(false);
  });
});
