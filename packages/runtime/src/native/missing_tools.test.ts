import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/fake_tools.js';
import { missingTools } from './missing_tools.js';

describe.skipIf(process.platform === 'win32')('missingTools', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  async function withTools(...names: string[]): Promise<string> {
    const bin = await temporaryDirectory();
    for (const name of names) {
      writeFileSync(join(bin, name), '');
      chmodSync(join(bin, name), 0o755);
    }
    vi.stubEnv('CXX', undefined);
    vi.stubEnv('PATH', bin);
    return missingTools();
  }

  it('says what is not on the PATH', async () => {
    expect(await withTools()).toBe('a C++ compiler and Python 3');
    expect(await withTools('python3')).toBe('a C++ compiler');
    expect(await withTools('clang++')).toBe('Python 3');
    expect(await withTools('g++', 'python')).toBe('');
  });

  it('takes $CXX for a compiler', async () => {
    await withTools('python3');
    vi.stubEnv('CXX', 'my-compiler');
    expect(missingTools()).toBe('');
  });
});
