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
  const chunks = new Map(output.flatMap((each) => (each.type === 'chunk' ? [[each.fileName, each]] : [])));
  const [entry] = [...chunks.values()].filter(({ isEntry }) => isEntry);
  expect(entry!.exports).toContain('Tokenizer');
  // What is loaded with it; templates of chats and readers of vocabulary files are loaded when they are used.
  const loaded = new Set([entry!.fileName]);
  for (const name of loaded) for (const imported of chunks.get(name)!.imports) loaded.add(imported);
  const sizes = [...loaded].map((name) => gzipSync(chunks.get(name)!.code).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
});
