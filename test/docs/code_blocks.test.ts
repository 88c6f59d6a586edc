import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

// Runs every block of TypeScript in the guides, each by itself in an empty directory, and checks the values that a block
// states as `expression; // => value`. Those of a translation, guide_ja.md, are the same: see links.test.ts.

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = (await readdir(join(root, 'packages'))).map((name) => `packages/${name}`);
const folders = ['', 'docs', 'docs/results', 'packages/layers/src/attention', ...packages];
const guides = (
  await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(root, folder));
      return names.filter((name) => /(?<!_ja)\.md$/.test(name)).map((name) => join(root, folder, name));
    }),
  )
).flat();

/** The blocks of a guide, made into modules that report the values that they state. */
async function blocksOf(guide: string): Promise<string[]> {
  const text = await readFile(guide, 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) =>
    code!.replace(
      /^(.+); \/\/ => (.+)$/gm,
      (_, expression: string, value: string) =>
        `stated(${expression}, ${value.replace(/^\w+Array (?=\[)/, '')});`,
    ),
  );
}

const withBlocks = [];
for (const guide of guides) {
  const blocks = await blocksOf(guide);
  if (blocks.length > 0) withBlocks.push({ name: relative(root, guide), blocks });
}

describe.each(withBlocks)('$name', ({ blocks }) => {
  let scratch = '';
  const home = process.cwd();
  beforeAll(async () => {
    // Beside this file, so that packages are found.
    scratch = await mkdtemp(join(root, 'test/docs/blocks-'));
    process.chdir(await mkdtemp(join(tmpdir(), 'chui-docs-')));
  });
  afterAll(async () => {
    await rm(process.cwd(), { recursive: true });
    process.chdir(home);
    await rm(scratch, { recursive: true });
  });
  for (const [index, code] of blocks.entries()) {
    it(`block ${index + 1} runs and gives what it says`, { timeout: 240_000 }, async ({ skip }) => {
      skip(/'native'|tfjs-node/.test(code) && !inject('hasNativeBackend'), 'needs the native backend');
      // All blocks run in one process, where the first that chooses a backend does so for those behind it.
      if (/(?<!Tokenizer\.)\b(fromConfig|fromPretrained|pipeline|useBackend)\(/.test(code)) {
        expect(code).toMatch(/useBackend\(|from '@tensorflow\/tfjs'|tfjs-(node|backend)/);
      }
      const stated: [unknown, unknown][] = [];
      Object.assign(globalThis, {
        stated: (value: unknown, expected: unknown) => stated.push([value, expected]),
      });
      const path = join(scratch, `block_${index}.ts`);
      await writeFile(path, code);
      await import(path);
      const plain = (value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Int32Array)] : value);
      for (const [value, expected] of stated) expect(plain(value)).toEqual(expected);
      expect(stated.length).toBe(code.match(/^stated\(/gm)?.length ?? 0);
    });
  }
});
