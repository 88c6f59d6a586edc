import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  attentionTable,
  RnnSeq2Seq,
  type Seq2SeqModel,
  TransformerSeq2Seq,
  type Translation,
  TranslationPipeline,
} from '@chui/models';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from './find_browser.js';
import { serveFolder } from './serve_folder.js';
import { trainHere } from './training/train_here.js';

const texts = ['令和8年11月22日', 'Sunday, November 22, 2026'];
const kinds = ['rnn', 'attention', 'transformer'] as const;
const backends = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;

const flags = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGPU and WebGL in software, so that they are tested without a GPU too.
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

function tinyModel(kind: (typeof kinds)[number], vocabSize: number, decoderVocabSize: number): Seq2SeqModel {
  const sizes = { vocabSize, decoderVocabSize, maxLength: 12 };
  if (kind === 'transformer') {
    const heads = {
      encoderAttentionHeads: 2,
      decoderAttentionHeads: 2,
      encoderFfnDim: 32,
      decoderFfnDim: 32,
    };
    return TransformerSeq2Seq.fromConfig({ ...sizes, dModel: 16, ...heads }, { seed: 1 });
  }
  const attention = kind === 'rnn' ? 'none' : 'additive';
  return RnnSeq2Seq.fromConfig({ ...sizes, embeddingSize: 16, hiddenSize: 16, attention }, { seed: 1 });
}

describe.skipIf(process.env.CHUI_SKIP_BROWSER === '1')('in a browser', () => {
  const pipelines = new Map<string, TranslationPipeline>();
  const expected = new Map<string, Translation[]>();
  let scratch: string;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let browser: Browser;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    const executablePath = await findBrowser();
    scratch = await mkdtemp(join(tmpdir(), 'chui-browser-'));
    const sources = {
      playground: new URL('../../apps/playground/', import.meta.url),
      plain: new URL('plain_tfjs/', import.meta.url),
      training: new URL('training/', import.meta.url),
    };
    for (const [name, source] of Object.entries(sources)) {
      await build({
        root: fileURLToPath(source),
        base: './',
        publicDir: false,
        logLevel: 'error',
        build: { outDir: join(scratch, name), chunkSizeWarningLimit: 2000 },
      });
    }
    await useBackend('cpu');
    const source = characterTokenizer(texts);
    const target = characterTokenizer(['0123456789-']);
    for (const kind of kinds) {
      const model = tinyModel(kind, source.vocabSize, target.vocabSize);
      const pipeline = new TranslationPipeline(model, source, target);
      await pipeline.save(join(scratch, 'playground', kind));
      pipelines.set(kind, pipeline);
      expected.set(kind, await pipeline.translate(texts, { outputAttentions: true }));
    }
    server = await serveFolder(scratch);
    browser = await chromium.launch({
      executablePath,
      chromiumSandbox: process.getuid?.() !== 0,
      args: flags,
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
  }, 600_000);

  beforeEach(() => {
    errors = [];
  });

  afterEach(() => {
    expect(errors).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (scratch) await rm(scratch, { recursive: true });
  });

  /** Opens the playground on a saved model and waits until that is loaded, or cannot be. */
  async function open(model: string, backend: string): Promise<string> {
    await page.goto(`${server.url}playground/?model=${model}&backend=${backend}`);
    const status = page.locator('#status');
    await expect.poll(() => status.textContent(), { timeout: 60_000 }).not.toBe('Loading …');
    return (await status.textContent()) ?? '';
  }

  async function translate(text: string): Promise<string | null> {
    const button = page.getByRole('button', { name: 'Translate' });
    await page.getByLabel('Text', { exact: true }).fill(text);
    await button.click();
    await expect.poll(() => button.isEnabled(), { timeout: 60_000 }).toBe(true);
    return page.getByLabel('Answer').textContent();
  }

  const shownWeights = async () => (await page.locator('tbody td').allTextContents()).map(Number);

  describe.each(backends)('the playground on %s', (backend) => {
    it.each(kinds)('%s says what it says in Node, and looks where it does there', async (kind) => {
      const { model } = pipelines.get(kind)!;
      const parameters = model.countParameters().toLocaleString('en');
      expect(await open(kind, backend)).toMatch(
        new RegExp(`^${model.constructor.name} with ${parameters} parameters, on `),
      );
      for (const [i, translation] of expected.get(kind)!.entries()) {
        expect(await translate(texts[i]!)).toBe(translation.text);
        expect(await page.getByRole('table').count()).toBe(kind === 'rnn' ? 0 : 1);
        if (kind === 'rnn') continue;
        const shown = await shownWeights();
        const inNode = attentionTable(translation, translation.crossAttentions!.length - 1).weights.flat();
        expect(shown).toHaveLength(inNode.length);
        for (const [cell, weight] of shown.entries()) expect(weight).toBeCloseTo(inNode[cell]!, 2);
      }
    });
  });

  it('says which file is missing where there is no model', async () => {
    expect(await open('nothing', 'cpu')).toMatch(
      /nothing must have a config\.json, but has none|tokenizer\.json/,
    );
    expect(await page.getByRole('button', { name: 'Translate' }).isEnabled()).toBe(false);
  });

  it.each([
    ['cpu', kinds],
    ['webgl', ['attention']],
  ] as const)('plain TensorFlow.js predicts with model.json on %s', async (backend, its) => {
    await page.goto(`${server.url}plain/`);
    for (const kind of its) {
      const { model, sourceTokenizer } = pipelines.get(kind)!;
      const { inputIds, attentionMask } = sourceTokenizer.encodeBatch(texts);
      const decoderInputIds = texts.map(() => [2, 5, 6, 7]);
      const { logits } = model.forward({ inputIds, attentionMask, decoderInputIds });
      const inNode = Array.from(await logits.data());
      const url = `${server.url}playground/${kind}/layers_model/model.json`;
      const call: Parameters<typeof window.predict> = [
        url,
        [inputIds, attentionMask, decoderInputIds],
        backend,
      ];
      const inBrowser = await page.evaluate((args) => window.predict(...args), call);
      expect(inBrowser).toHaveLength(inNode.length);
      for (const [i, logit] of inBrowser.entries()) expect(logit).toBeCloseTo(inNode[i]!, 3);
    }
  });

  it.each(['webgl', 'wasm', 'cpu'] as const)(
    'Trainer trains in a page on %s as it does in Node',
    async (backend) => {
      await useBackend('cpu');
      const inNode = await trainHere();
      await page.goto(`${server.url}training/`);
      const inPage = await page.evaluate((name) => window.trainOn(name), backend);
      expect(inPage.losses).toHaveLength(8);
      expect(inPage.losses.at(-1)).toBeLessThan(inPage.losses[0]!);
      for (const of of ['losses', 'evaluations'] as const) {
        for (const [i, loss] of inNode[of].entries()) expect(inPage[of][i]).toBeCloseTo(loss, 3);
      }
    },
    300_000,
  );
});
