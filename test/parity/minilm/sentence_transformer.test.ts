import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SentenceTransformer } from '@chui/models';
import { expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';

interface Case {
  readonly embeddings: number[][];
  readonly similarity: number[][];
}

const root = new URL('../../fixtures/sentence_transformer/', import.meta.url);
const { texts, cases } = JSON.parse(await readFile(new URL('embeddings.json', root), 'utf8')) as {
  texts: string[];
  cases: Record<string, Case>;
};

function expectRows(rows: readonly ArrayLike<number>[], expected: readonly number[][], digits: number): void {
  expect(rows).toHaveLength(expected.length);
  for (const [i, row] of rows.entries()) {
    expect(row.length).toBe(expected[i]!.length);
    for (const [j, number] of expected[i]!.entries()) expect(row[j]).toBeCloseTo(number, digits);
  }
}

onEveryBackend(() => {
  test.each(Object.keys(cases))(
    "%s is what Python's sentence-transformers computes, also when it was saved",
    async (name) => {
      const model = await SentenceTransformer.fromPretrained(fileURLToPath(new URL(name, root)));
      const embeddings = await model.encode(texts);
      const expected = cases[name]!;
      expectRows(embeddings, expected.embeddings, 4);
      expectRows(model.similarity(embeddings, embeddings), expected.similarity, 3);
      expect(model.dimension).toBe(embeddings[0]!.length);

      const scratch = await mkdtemp(join(tmpdir(), 'chui-sentences-'));
      await model.savePretrained(scratch);
      const again = await SentenceTransformer.fromPretrained(scratch);
      expect(await again.encode(texts)).toEqual(embeddings);
      expect([again.dimension, again.maxSeqLength, again.prompts]).toEqual([
        model.dimension,
        model.maxSeqLength,
        model.prompts,
      ]);
      await rm(scratch, { recursive: true });
      again.dispose();
      model.dispose();
    },
  );
});
