import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluationReport, runStart, stepReport } from '../../../../test/support/training_reports.js';
import { TensorBoard } from './tensor_board.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-board-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

type Message = Map<number, (number | Buffer)[]>;

/** The fields of a protocol buffer by number. */
function decode(data: Buffer): Message {
  const fields: Message = new Map();
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (; data[at]! >= 128; scale *= 128) value += (data[at++]! - 128) * scale;
    return value + data[at++]! * scale;
  };
  const take = (count: number) => {
    at += count;
    return data.subarray(at - count, at);
  };
  const readers: Record<number, () => number | Buffer> = {
    0: varint,
    1: () => take(8).readDoubleLE(),
    2: () => take(varint()),
    5: () => take(4).readFloatLE(),
  };
  while (at < data.length) {
    const tag = varint();
    const read = readers[tag & 7]!;
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), read()]);
  }
  return fields;
}

/** Scalars of a file as `tag@step`, the text, and the step at a restart. */
async function read(path: string) {
  const file = await readFile(path);
  const found = { scalars: {} as Record<string, number>, text: '', restart: undefined as number | undefined };
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const event = decode(file.subarray(at + 12, at + 12 + length));
    at += length + 16;
    const step = event.get(2)?.[0] as number;
    if (event.has(7)) found.restart = step;
    if (!event.has(5)) continue;
    for (const value of decode(event.get(5)![0] as Buffer).get(1) ?? []) {
      const [tag, number, tensor] = [1, 2, 8].map((field) => decode(value as Buffer).get(field)?.[0]);
      if (tensor) found.text = String(decode(tensor as Buffer).get(8)![0]);
      else found.scalars[`${tag}@${step}`] = number as number;
    }
  }
  return found;
}

describe('TensorBoard', () => {
  it('writes scalars by step, and the arguments', async () => {
    const board = new TensorBoard(directory);
    await board.onStart(runStart());
    await board.onStep(stepReport(10));
    await board.onStep(stepReport(20, { gradientNorm: Number.NaN, tokensPerSecond: 0, loss: 0.5 }));
    await board.onEvaluate(evaluationReport(20));
    const [name] = await readdir(directory);
    const { scalars, text, restart } = await read(join(directory, name!));
    expect(scalars).toEqual({
      'train/loss@10': 1.5,
      'train/learning_rate@10': Math.fround(0.001),
      'train/gradient_norm@10': 0.75,
      'train/examples_per_second@10': 321,
      'train/tokens_per_second@10': Math.fround(12_345.6),
      'train/memory_gib@10': 1.25,
      'train/epoch@10': Math.fround(0.1),
      'train/loss@20': 0.5,
      'train/learning_rate@20': Math.fround(0.001),
      'train/examples_per_second@20': 321,
      'train/memory_gib@20': 1.25,
      'train/epoch@20': Math.fround(0.2),
      'eval/loss@20': 0.25,
      'eval/perplexity@20': Math.fround(Math.exp(0.25)),
      'eval/accuracy@20': 0.875,
    });
    expect(JSON.parse(text)).toEqual(runStart());
    expect(text).toMatch(/^( {4}.*\n?)+$/);
    expect(restart).toBeUndefined();
  });

  it('makes a file more after a resumption, from which what came later is dropped', async () => {
    for (const resumedStep of [0, 5]) {
      const board = new TensorBoard(directory);
      await board.onStart(runStart({ resumedStep }));
      await board.onStep(stepReport(resumedStep + 10));
    }
    const names = (await readdir(directory)).sort();
    expect(names.length).toBe(2);
    const { scalars, restart } = await read(join(directory, names[1]!));
    expect(restart).toBe(6);
    expect(scalars['train/loss@15']).toBe(1.5);
  });
});
