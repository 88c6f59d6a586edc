import { useBackend } from '@chui/runtime';
import { characterTokenizer, type Tokenizer } from '@chui/tokenizer';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import { pipeline } from './pipeline.js';
import type { TextGenerationPipeline } from './text_generation.js';

describe('text generation', () => {
  let tokenizer: Tokenizer;
  let model: GPT2LMHeadModel;
  let generate: TextGenerationPipeline;

  beforeAll(async () => {
    await useBackend('cpu');
    tokenizer = characterTokenizer(['abcdefgh ij']);
    const sizes = { vocabSize: tokenizer.vocabSize, nEmbd: 8, nLayer: 1, nHead: 2, nPositions: 64 };
    model = GPT2LMHeadModel.fromConfig({ ...sizes, initializerRange: 1 }, { seed: 3 });
    generate = await pipeline('text-generation', { model, tokenizer }, { maxNewTokens: 12 });
  });
  afterAll(() => {
    generate.dispose();
    model.dispose();
  });

  it('goes on with a text, or with several', async () => {
    const [one] = await generate('abc');
    expect(one!.generatedText.startsWith('abc')).toBe(true);
    const several = await generate(['abc', 'h'], { doSample: true, seed: 1, numReturnSequences: 3 });
    expect(several.map((each) => each.length)).toEqual([3, 3]);
    const [only] = await generate('abc', { returnFullText: false });
    expect(`abc${only!.generatedText}`).toBe(one!.generatedText);
  });

  it('streams the same text', async () => {
    const before = memory().numTensors;
    const [whole] = await generate('abc', { returnFullText: false });
    const pieces: string[] = [];
    for await (const piece of generate.stream('abc')) pieces.push(piece);
    expect(pieces.join('')).toBe(whole!.generatedText);
    expect(memory().numTensors).toBe(before);
  });

  it('ends at texts', async () => {
    const [whole] = await generate('abc', { returnFullText: false });
    const stop = whole!.generatedText.slice(3, 5);
    const [cut] = await generate('abc', { returnFullText: false, stopStrings: [stop] });
    const end = whole!.generatedText.indexOf(stop) + stop.length;
    expect(cut!.generatedText).toBe(whole!.generatedText.slice(0, end));
  });

  it('names options that are not there', async () => {
    await expect(generate('abc', { topk: 3 } as never)).rejects.toThrow('but is topk');
    await expect(generate(5 as never)).rejects.toThrow('prompt must be a text, but is 5');
  });
});
