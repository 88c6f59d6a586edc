import { useBackend } from '@chui/runtime';
import { gather, memory, reshape, type Tensor2D, tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { beamSearch } from './beam_search.js';
import { type GenerationConfig, generationConfig } from './config.js';
import { type DecoderState, Decoding, pathAttention, pathIds, type StepDecoder } from './decoding.js';
import { search } from './search.js';

const START = 0;
const END = 1;
const BEGIN = { ids: [START], padding: 0 };

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

const configOf = (config: GenerationConfig) =>
  generationConfig(config, { promptLength: 1, maxLength: 10, vocabSize: 10, eosTokenId: END });

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
          const config = configOf({ numBeams, maxLength, lengthPenalty, earlyStopping: 'never' });
          const found = await beamSearch(decoding, [BEGIN, BEGIN], config);
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
        const config = configOf({ numBeams, maxLength: 6 });
        const decoding = new Decoding(new TableDecoder(table), start(3, numBeams), false);
        const found = await beamSearch(decoding, [BEGIN, BEGIN, BEGIN], config);
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
        const { paths } = await search({ decoding }, [BEGIN, BEGIN], configOf({ maxLength: 7 }));
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
    const config = configOf({ numBeams: 3, maxLength: 6 });
    const found = await beamSearch(decoding, [BEGIN, BEGIN], config);
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

  it('draws tokens as often as they are likely', async () => {
    const table = [[[[0, -1, 1, 0.5]], [[0]], [[0]], [[0]]]] as number[][][][];
    const rows = 4000;
    const decoding = new Decoding(new TableDecoder(padded(table, 4)), start(1, rows), false);
    const config = configOf({
      doSample: true,
      numReturnSequences: rows,
      maxLength: 2,
      temperature: 0.7,
      topK: 3,
      seed: 7,
    });
    const { paths } = await search({ decoding }, [BEGIN], config);
    decoding.dispose();
    const counts = [0, 0, 0, 0];
    for (const path of paths) counts[path.token]!++;
    const weights = [0, -1, 1, 0.5].map((each, i) => (i === 1 ? 0 : Math.exp(each / 0.7)));
    const total = weights.reduce((sum, each) => sum + each, 0);
    expect(counts[1]).toBe(0);
    const distance = [0, 2, 3].reduce((sum, token) => {
      const expected = (rows * weights[token]!) / total;
      return sum + (counts[token]! - expected) ** 2 / expected;
    }, 0);
    expect(distance).toBeLessThan(13.8); // chi-square of 2 degrees at 0.001
  });

  it('with groups of beams finds other sequences in each', async () => {
    const table = fc.sample(tables(1, 5), { numRuns: 1, seed: 3 })[0]!;
    const found = async (config: GenerationConfig) => {
      const decoding = new Decoding(new TableDecoder(table), start(1, 4), false);
      const [hypotheses] = await beamSearch(
        decoding,
        [BEGIN],
        configOf({ maxLength: 5, numBeams: 4, ...config }),
      );
      decoding.dispose();
      return hypotheses!.map(({ path }) => pathIds(path));
    };
    const first = (sequences: number[][]) => new Set(sequences.map((ids) => ids[1]));
    const [alike, diverse] = [
      await found({ numBeamGroups: 4 }),
      await found({ numBeamGroups: 4, diversityPenalty: 100 }),
    ];
    expect(new Set(alike.map((ids) => ids.join())).size).toBe(1);
    expect(first(diverse).size).toBe(new Set(diverse.map((ids) => ids.join())).size);
    expect(first(diverse).size).toBeGreaterThan(1);
  });

  it.each([
    [{ beams: 3 }, 'beams'],
    [{ numBeams: 0 }, 'numBeams: must be positive, but is 0'],
    [
      { numReturnSequences: 2 },
      'numReturnSequences must be at most numBeams 1 where nothing is drawn, but is 2',
    ],
    [{ maxLength: 1 }, 'maxLength must be above the length 1 of what it goes on from, but is 1'],
    [{ maxLength: 5, maxNewTokens: 5 }, 'maxNewTokens must be left out where maxLength is given, but is 5'],
    [{ minLength: 9, maxLength: 5 }, 'minLength must be at most maxLength 5, but is 9'],
    [{ minNewTokens: 5, maxLength: 5 }, 'minNewTokens must leave room in maxLength 5 behind 1, but is 5'],
    [{ topP: 0.9 }, 'topP must go with doSample: true, but is 0.9'],
    [{ doSample: true, numBeams: 2 }, 'doSample must be false where numBeams is above 1, but is true'],
    [{ numBeams: 4, numBeamGroups: 3 }, 'numBeamGroups must divide numBeams 4, but is 3'],
    [{ lengthPenalty: 2 }, 'lengthPenalty must go with numBeams above 1, but is 2'],
    [{ suppressTokens: [3, 12] }, 'suppressTokens must be below the size 10 of the vocabulary, but is 12'],
    [{ doSample: true, topP: 1.5 }, 'topP: must be at most 1, but is 1.5'],
    [{ earlyStopping: 1 }, 'earlyStopping'],
  ])('rejects options that it does not know or that contradict each other: %j', (config, message) => {
    expect(() => configOf(config as GenerationConfig)).toThrow(message);
  });
});

/** A table whose missing rows are zeros. */
function padded(table: number[][][][], size: number): number[][][][] {
  const zeros = new Array<number>(size).fill(0);
  return table.map((input) =>
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => (input[i]?.[j]?.length === size ? input[i]![j]! : zeros)),
    ),
  );
}
