import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';

test('@chui/tokenizer takes less than 40 KB in a web page, minified and compressed', async () => {
  const { output } = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      rolldownOptions: {
        input: fileURLToPath(new URL('../../packages/tokenizer/dist/index.js', import.meta.url)),
        preserveEntrySignatures: 'strict',
      },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = output.filter((each) => each.type === 'chunk');
  const bytes = chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  expect(chunks[0]!.exports).toContain('Tokenizer');
  expect(bytes).toBeLessThan(40_000);
});
