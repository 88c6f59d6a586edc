import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saveFiles } from '@chui/hub';
import { BertForSequenceClassification, layersModelFiles } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from './find_browser.js';
import { serveFolder } from './serve_folder.js';

/** By how much a logit may differ: 11 bits of a weight, or 8. */
const forms = [
  ['float32', 1e-4],
  ['float16', 5e-3],
  ['uint8', 0.2],
] as const;

const inputIds = [
  [2, 9, 17, 33, 3],
  [2, 39, 3, 0, 0],
];
const attentionMask = inputIds.map((row) => row.map((id) => Number(id > 0)));
const tokenTypeIds = inputIds.map((row) => row.map(() => 0));

describe.skipIf(process.env.CHUI_SKIP_BROWSER === '1')('BERT in plain TensorFlow.js in a browser', () => {
  let scratch: string;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let browser: Browser;
  let page: Page;
  let expected: Float32Array;

  beforeAll(async () => {
    const executablePath = await findBrowser();
    scratch = await mkdtemp(join(tmpdir(), 'chui-saved-forms-'));
    await build({
      root: fileURLToPath(new URL('plain_tfjs/', import.meta.url)),
      base: './',
      publicDir: false,
      logLevel: 'error',
      build: { outDir: join(scratch, 'plain'), chunkSizeWarningLimit: 2000 },
    });
    await useBackend('cpu');
    const config = {
      vocabSize: 40,
      hiddenSize: 16,
      numHiddenLayers: 2,
      numAttentionHeads: 2,
      intermediateSize: 32,
      maxPositionEmbeddings: 16,
      initializerRange: 0.2,
      numLabels: 3,
    };
    const model = BertForSequenceClassification.fromConfig(config, { seed: 3 });
    for (const [weights] of forms) {
      await saveFiles(join(scratch, weights), await layersModelFiles(model.toLayersModel(), { weights }));
    }
    expected = await model.forward({ inputIds, attentionMask }).logits.data<'float32'>();
    server = await serveFolder(scratch);
    browser = await chromium.launch({
      executablePath,
      chromiumSandbox: process.getuid?.() !== 0,
      args: ['--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    page = await browser.newPage();
    await page.goto(`${server.url}plain/`);
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (scratch) await rm(scratch, { recursive: true });
  });

  it.each(forms)('predicts with weights of %s', async (weights, tolerance) => {
    const call: Parameters<typeof window.predict> = [
      `${server.url}${weights}/model.json`,
      [inputIds, attentionMask, tokenTypeIds],
      'cpu',
    ];
    const logits = await page.evaluate((args) => window.predict(...args), call);
    expect(logits).toHaveLength(expected.length);
    for (const [i, logit] of logits.entries()) {
      expect(Math.abs(logit - expected[i]!)).toBeLessThanOrEqual(tolerance);
    }
  });
});
