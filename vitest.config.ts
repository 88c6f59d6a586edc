import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that a change needs no build to be tested.
    alias: [
      { find: /^@chui\/(hub|runtime|training)$/, replacement: source('$1/src/index.node.ts') },
      { find: /^@chui\/runtime\/register$/, replacement: source('runtime/src/register.ts') },
      { find: /^@chui\/runtime\/setup$/, replacement: source('runtime/src/setup/index.ts') },
      { find: /^@chui\/([a-z]+)$/, replacement: source('$1/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/global_setup.ts',
    pool: 'forks',
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
