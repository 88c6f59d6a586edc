import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { characterTokenizer, type Tokenizer } from '@chui/tokenizer';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { RnnSeq2Seq } from '../rnn_seq2seq/rnn_seq2seq.js';
import { TranslationPipeline } from './translation.js';

const texts = ['abcabc', 'a', 'cab', '', 'bbbbb'];

function makePipeline(): TranslationPipeline {
  const [source, target] = [characterTokenizer(['abc']), characterTokenizer(['xyz'])];
  const sizes = { vocabSize: source.vocabSize, decoderVocabSize: target.vocabSize, maxLength: 6 };
  const model = RnnSeq2Seq.fromConfig({ ...sizes, embeddingSize: 6, hiddenSize: 8 }, { seed: 3 });
  return new TranslationPipeline(model, source, target);
}

beforeAll(async () => {
  await useBackend('cpu');
});

describe('TranslationPipeline', () => {
  it('gives in the order of the texts what it gives for each alone, without padding', async () => {
    const pipeline = makePipeline();
    const together = await pipeline.translate(texts, { batchSize: 2, outputAttentions: true });
    for (const [i, text] of texts.entries()) {
      const [alone] = await pipeline.translate([text]);
      expect(together[i]).toMatchObject(alone!);
      expect(together[i]!.sourceTokens).toEqual(['[BOS]', ...text, '[EOS]']);
      const [map] = together[i]!.crossAttentions!;
      const { length } = together[i]!.sourceTokens;
      expect(map!.values.slice(length, map!.slots)).toEqual(new Float32Array(map!.slots - length));
    }
    pipeline.model.dispose();
  });

  it('encodes each text once, with texts of like length in a batch', async () => {
    const pipeline = makePipeline();
    const encoded: string[] = [];
    const { sourceTokenizer } = pipeline;
    const { encode, encodeBatch } = sourceTokenizer;
    vi.spyOn(sourceTokenizer, 'encode').mockImplementation((...args: Parameters<Tokenizer['encode']>) => {
      encoded.push(String(args[0]));
      return encode.apply(sourceTokenizer, args);
    });
    vi.spyOn(sourceTokenizer, 'encodeBatch').mockImplementation((batch, options) => {
      encoded.push(...batch.map(String));
      return encodeBatch.call(sourceTokenizer, batch, options);
    });
    await pipeline.translate(texts, { batchSize: 2 });
    expect(encoded).toEqual(['', 'a', 'cab', 'bbbbb', 'abcabc']);
    pipeline.model.dispose();
  });

  it('is saved and loaded', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chui-pipeline-'));
    const pipeline = makePipeline();
    await pipeline.save(directory);
    const loaded = await TranslationPipeline.fromPretrained(directory);
    expect(await loaded.translate(texts, { numBeams: 2 })).toEqual(
      await pipeline.translate(texts, { numBeams: 2 }),
    );
    loaded.model.dispose();

    const before = memory().numTensors;
    await rm(join(directory, 'target_tokenizer'), { recursive: true });
    await expect(TranslationPipeline.fromPretrained(directory)).rejects.toThrow('target_tokenizer');
    expect(memory().numTensors).toBe(before);
    await rm(directory, { recursive: true });
    pipeline.model.dispose();
  });
});
