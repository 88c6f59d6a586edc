import { readFileSync } from 'node:fs';
import { readSafetensors, toFloat32 } from '@chui/hub';
import {
  atLeastSoLong,
  epsilonCutoff,
  forcedFirst,
  forcedLast,
  type LogitsProcessor,
  minP,
  noBadWords,
  noRepeatNgrams,
  repetitionPenalty,
  suppressTokens,
  temperature,
  topK,
  topP,
  typicalP,
} from '@chui/models';
import { describe, expect, test } from 'vitest';

const file = new URL('../../fixtures/generation/logits-processors', import.meta.url);
const { hyper } = JSON.parse(readFileSync(`${file.pathname}.json`, 'utf8')) as {
  hyper: Record<string, Record<string, never>>;
};
const { tensors } = readSafetensors(readFileSync(`${file.pathname}.safetensors`), 'logits-processors');
const rowsOf = (name: string): number[][] => {
  const { shape } = tensors.get(name)!;
  const values = Array.from(toFloat32(tensors.get(name)!));
  const [rows, width] = shape as [number, number];
  return Array.from({ length: rows }, (_, i) => values.slice(i * width, (i + 1) * width));
};

const given = (name: string) => hyper[name] as Record<string, never>;
const processors: Record<string, LogitsProcessor> = {
  temperature: temperature(given('temperature').temperature!),
  top_k: topK(given('top_k').top_k!),
  top_p: topP(given('top_p').top_p!),
  min_p: minP(given('min_p').min_p!),
  typical_p: typicalP(given('typical_p').typical_p!),
  epsilon_cutoff: epsilonCutoff(given('epsilon_cutoff').epsilon_cutoff!),
  repetition_penalty: repetitionPenalty(given('repetition_penalty').repetition_penalty!),
  no_repeat_ngram: noRepeatNgrams(given('no_repeat_ngram').no_repeat_ngram_size!),
  min_length: atLeastSoLong(given('min_length').eos_token_id!, {
    minLength: given('min_length').min_length!,
  }),
  bad_words: noBadWords(given('bad_words').bad_words_ids!),
  suppress_tokens: suppressTokens(given('suppress_tokens').suppress_tokens!),
  forced_eos: forcedLast([given('forced_eos').eos_token_id!], given('forced_eos').max_length!),
  forced_bos: forcedFirst(given('forced_bos').bos_token_id!),
};

describe('processors change scores as those of transformers', () => {
  test('all of the reference are here', () => {
    expect(Object.keys(processors).sort()).toEqual(Object.keys(hyper).sort());
  });

  test.each(Object.keys(processors))('%s', (name) => {
    const ids = rowsOf('input.input_ids');
    const expected = rowsOf(`output.${name}`);
    rowsOf('input.scores').forEach((row, i) => {
      const scores = Float32Array.from(row);
      processors[name]!(scores, { ids: ids[i]!, promptLength: ids[i]!.length });
      scores.forEach((score, token) => {
        if (Number.isFinite(expected[i]![token]!)) expect(score).toBeCloseTo(expected[i]![token]!, 5);
        else expect(score).toBe(expected[i]![token]!);
      });
    });
  });
});
