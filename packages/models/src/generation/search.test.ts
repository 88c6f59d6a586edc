import { useBackend } from '@chui/runtime';
import { gather, memory, reshape, type Tensor2D, tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { beamSearch } from './beam_search.js';
import { generationConfig } from './config.js';
import { type DecoderState, Decoding, pathAttention, pathIds, type StepDecoder } from './decoding.js';
import { greedySearch } from './greedy_search.js';

const START = 0;
const END = 1;

/**
 * A decoder whose logits depend on the last two ids: `table[input][previous][last]`, (V) each. Its carried state is the
 * input's number and the previous id, so a wrong reordering changes what it says.
 */
class TableDecoder implements StepDecoder {
  constructor(readonly table: number[][][][]) {}

  decodingStep(ids: Tensor2D, { carried }: DecoderState) {
    const [state] = carried as [Tensor2D];
    const rows = ids.shape[0];
    const size = this.table[0]!.length;
    const { logits, next, attention } = tidy(() => {
      const all = tensor(this.table); // (B, V, V, V)
      const flat = reshape(all, [-1, size]);
      const [input, previous] = [
        state.arraySync().map((row) => row[0]!),
        state.arraySync().map((row) => row[1]!),
      ];
      const last = ids.arraySync().map((row) => row[0]!);
      const index = input.map((b, row) => (b * size + previous[row]!) * size + last[row]!);
      return {
        logits: gather(flat, index) as Tensor2D,
        next: tensor2d(input.map((b, row) => [b, last[row]!])),
        attention: tensor(last.map((id) => [[[id, 0.5]]])), // (N, 1, 1, 2)
      };
    });
    expect(logits.shape).toEqual([rows, size]);
    return { logits, carried: [next], crossAttentions: [attention] };
  }
}

const start = (inputs: number, beams: number): DecoderState => ({
  memory: [],
  carried: [tensor2d(Array.from({ length: inputs * beams }, (_, i) => [Math.floor(i / beams), START]))],
});

function logSoftmax(logits: number[]): number[] {
  const most = Math.max(...logits);
  const sum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit - most), 0));
  return logits.map((logit) => logit - most - sum);
}

/** Every ended sequence with its score, best first. */
function exhaustive(table: number[][][], maxLength: number, penalty: number) {
  const ended: { ids: number[]; score: number }[] = [];
  const grow = (ids: number[], total: number) => {
    const logs = logSoftmax(table[ids.at(-2) ?? START]![ids.at(-1)!]!);
    logs.forEach((log, token) => {
      const next = [...ids, token];
      if (token === END || next.length === maxLength) {
        ended.push({ ids: next, score: (total + log) / (next.length - 1) ** penalty });
      } else grow(next, total + log);
    });
  };
  grow([START], 0);
  return ended.sort((a, b) => b.score - a.score);
}

const logit = fc.integer({ min: -400, max: 400 }).map((value) => value / 100);
const tables = (inputs: number, size: number) =>
  fc.array(
    fc.array(
      fc.array(fc.array(logit, { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
      {
        minLength: size,
        maxLength: size,
      },
    ),
    { minLength: inputs, maxLength: inputs },
  );

describe('search', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  it('with a beam as wide as the tree finds the best sequence of all', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables(2, 3),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0, 0.6, 1, 2),
        async (table, maxLength, lengthPenalty) => {
          const numBeams = 3 ** (maxLength - 1);
          const decoding = new Decoding(new TableDecoder(table), start(2, numBeams), false);
          const config = generationConfig({ numBeams, maxLength, lengthPenalty, earlyStopping: 'never' }, 10);
          const found = await beamSearch(decoding, [START, START], END, config);
          decoding.dispose();
          found.forEach((hypotheses, input) => {
            const best = exhaustive(table[input]!, maxLength, lengthPenalty);
            expect(hypotheses[0]!.score).toBeCloseTo(best[0]!.score, 4);
            const ids = pathIds(hypotheses[0]!.path);
            const same = best.find((other) => other.ids.join() === ids.join())!;
            expect(same.score).toBeCloseTo(hypotheses[0]!.score, 4);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('says of every hypothesis its own score', async () => {
    await fc.assert(
      fc.asyncProperty(tables(3, 5), fc.integer({ min: 2, max: 4 }), async (table, numBeams) => {
        const config = generationConfig({ numBeams, maxLength: 6 }, 10);
        const decoding = new Decoding(new TableDecoder(table), start(3, numBeams), false);
        const found = await beamSearch(decoding, [START, START, START], END, config);
        decoding.dispose();
        found.forEach((hypotheses, input) => {
          expect(hypotheses.length).toBeGreaterThan(0);
          for (const { path, score } of hypotheses) {
            const ids = pathIds(path);
            const total = ids.slice(1).reduce((sum, token, i) => {
              const previous = i === 0 ? START : ids[i - 1]!;
              return sum + logSoftmax(table[input]![previous]![ids[i]!]!)[token]!;
            }, 0);
            expect(score).toBeCloseTo(total / (ids.length - 1), 4);
          }
          const scores = hypotheses.map(({ score }) => score);
          expect([...scores].sort((a, b) => b - a)).toEqual(scores);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('greedily takes the highest logit at each step, and stops at the end id', async () => {
    await fc.assert(
      fc.asyncProperty(tables(2, 4), async (table) => {
        const decoding = new Decoding(new TableDecoder(table), start(2, 1), false);
        const paths = await greedySearch(decoding, [START, START], END, { maxLength: 7 });
        decoding.dispose();
        paths.forEach((path, input) => {
          const expected = [START];
          while (expected.length < 7 && expected.at(-1) !== END) {
            const logits = table[input]![expected.at(-2) ?? START]![expected.at(-1)!]!;
            expected.push(logits.indexOf(Math.max(...logits)));
          }
          expect(pathIds(path)).toEqual(expected);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('keeps the attention of the hypothesis that won, and no tensor', async () => {
    const table = fc.sample(tables(2, 4), { numRuns: 1, seed: 5 })[0]!;
    const before = memory().numTensors;
    const decoding = new Decoding(new TableDecoder(table), start(2, 3), true);
    const config = generationConfig({ numBeams: 3, maxLength: 6 }, 10);
    const found = await beamSearch(decoding, [START, START], END, config);
    for (const hypotheses of found) {
      const ids = pathIds(hypotheses[0]!.path);
      const [map] = pathAttention(hypotheses[0]!.path, decoding.heads, decoding.slots);
      expect(map).toMatchObject({ heads: 1, slots: 2, steps: ids.length - 1 });
      // The decoder attends to its slot 0 with the id that it was fed.
      expect([...map!.values]).toEqual(ids.slice(0, -1).flatMap((id) => [id, 0.5]));
    }
    decoding.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('rejects options that it does not know or that contradict each other', () => {
    expect(() => generationConfig({ beams: 3 } as object, 10)).toThrow(/has no option beams/);
    expect(() => generationConfig({ numBeams: 0 }, 10)).toThrow(
      'numBeams must be a whole number of at least 1, but is 0',
    );
    expect(() => generationConfig({ numReturnSequences: 2 }, 10)).toThrow(/at most numBeams = 1, but is 2/);
    expect(() => generationConfig({ maxLength: 1 }, 10)).toThrow(/maxLength must be .* at least 2, but is 1/);
  });
});
