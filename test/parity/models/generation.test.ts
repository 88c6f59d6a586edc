import { toFloat32 } from '@chui/hub';
import { AutoModelForCausalLM, type CausalLM, type GenerationConfig } from '@chui/models';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { type GenerationCase, modelCases } from '../../support/model_case.js';

const types = new Set(['gpt2', 'llama', 'mistral', 'qwen2', 'gpt_neox', 'opt', 'rnn_lm']);
const cases = modelCases((type) => types.has(type)).filter(({ generation }) => generation.length > 0);

const camel = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const configOf = ({ kwargs }: GenerationCase): GenerationConfig =>
  Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [camel(name), value]));

const inputsOf = ({ input_ids: inputIds, attention_mask: attentionMask }: GenerationCase) => ({
  inputIds,
  ...(attentionMask && { attentionMask }),
});

describe('decoders generate what transformers generates', () => {
  onEveryBackend(() => {
    describe.each(cases)('$name', ({ directory, generation }) => {
      const load = () => AutoModelForCausalLM.fromPretrained(`${directory}checkpoint`);

      test.each(generation.map((entry) => [JSON.stringify(entry.kwargs), entry] as const))(
        '%s',
        async (_, entry) => {
          const model = await load();
          const before = memory().numTensors;
          const output = await model.generate(inputsOf(entry), {
            ...configOf(entry),
            returnDictInGenerate: true,
            outputScores: entry.scores !== undefined,
          });
          expect(memory().numTensors).toBe(before);
          expect(output.sequences).toHaveLength(entry.expected.length);
          output.sequences.forEach((ids, row) => {
            expect(ids).toEqual(entry.expected[row]!.slice(0, entry.lengths[row]));
          });
          entry.sequences_scores?.forEach((score, row) => {
            expect(output.sequencesScores![row]).toBeCloseTo(score, 3);
          });
          if (entry.scores) expectScores(output.scores!, entry);
          model.dispose();
        },
        30_000,
      );

      // There the longest row of a batch says by which frequencies all are turned.
      const isMixed = directory.includes('longrope');
      test.skipIf(isMixed)('the same one by one, and as a stream', async () => {
        const model: CausalLM = await load();
        const entry = generation.find(({ kwargs }) => !('num_beams' in kwargs))!;
        const together = await model.generate(inputsOf(entry), configOf(entry));
        for (const [row, ids] of entry.input_ids.entries()) {
          const padding = entry.attention_mask?.[row]?.indexOf(1) ?? 0;
          const alone = { inputIds: [ids.slice(padding)] };
          const config = { ...configOf(entry), maxLength: undefined, maxNewTokens: 6 };
          const [found] = await model.generate(alone, config);
          const expected = together[row]!.slice(padding, padding + found!.length);
          if (!('repetition_penalty' in entry.kwargs))
            expect(found!.slice(0, expected.length)).toEqual(expected);
          const streamed: number[] = [];
          for await (const [token] of model.stream(alone, config)) streamed.push(token!);
          expect([...alone.inputIds[0]!, ...streamed]).toEqual(found);
        }
        model.dispose();
      });
    });
  });
});

function expectScores(
  found: Float32Array[][],
  { scores, lengths, input_ids: prompts }: GenerationCase,
): void {
  const values = toFloat32(scores!);
  const [, rows, vocabulary] = scores!.shape as [number, number, number];
  found.forEach((steps, row) => {
    expect(steps).toHaveLength(lengths[row]! - prompts[row]!.length);
    steps.forEach((own, step) => {
      const begin = (step * rows + row) * vocabulary;
      own.forEach((score, token) => {
        const expected = values[begin + token]!;
        if (Number.isFinite(expected)) expect(Math.abs(score - expected)).toBeLessThan(2e-3);
        else expect(score).toBe(expected);
      });
    });
  });
}
