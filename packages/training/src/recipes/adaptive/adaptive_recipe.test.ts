import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomStream } from '../../random.js';
import { adaptiveRecipe, runAdaptiveRecipe } from './adaptive_recipe.js';
import { CharacterText } from './character_text.js';
import { LookUps } from './look_ups.js';

/** Words of few letters, in an order that repeats itself now and then. */
function someText(length: number): string {
  const random = randomStream(1);
  const words = ['the', 'cat', 'sat', 'on', 'a', 'mat'];
  let text = '';
  while (text.length < length) text += `${words[Math.floor(random() * words.length)]} `;
  return text.slice(0, length);
}

beforeAll(async () => {
  await useBackend('wasm');
});

describe('CharacterText', () => {
  const text = new CharacterText(someText(10_000));

  test('has an id for each character, and windows of its parts', () => {
    expect(text.vocabSize).toBe(new Set(someText(10_000)).size);
    const [first, again, next] = [0, 0, 1].map((step) => text.trainWindows(3, 9, 1, step).arraySync());
    expect(again).toEqual(first);
    expect(next).not.toEqual(first);
    const dev = text.devWindows(4, 9);
    expect(dev.shape).toEqual([4, 9]);
    const last = someText(10_000).slice(9000);
    const ids = [...new Set(someText(10_000))].sort();
    const read = (dev.arraySync() as number[][]).map((row) => row.map((id) => ids[id]).join(''));
    for (const row of read) expect(last).toContain(row);
    expect(last.startsWith(read[0]!)).toBe(true);
  });

  test('takes no text that is too short', () => {
    expect(() => new CharacterText('abc')).toThrow('text must have at least 10000 characters, but has 3');
  });
});

test('LookUps ask for the value of one of their items', () => {
  const lookUps = new LookUps(3);
  expect(lookUps.length).toBe(5);
  const [some, others, kept] = [
    lookUps.trainWindows(50, 5, 1, 0),
    lookUps.trainWindows(50, 5, 1, 1),
    lookUps.devWindows(50),
  ].map((each) => each.arraySync() as number[][]) as [number[][], number[][], number[][]];
  expect(others).not.toEqual(some);
  expect(kept).not.toEqual(some);
  for (const row of [...some, ...kept]) {
    const [asked, value] = [row[3]! - 256, row[4]!];
    const keys = row.slice(0, 3).map((item) => Math.floor(item / 16));
    expect(new Set(keys).size).toBe(3);
    expect(row[keys.indexOf(asked)]! % 16).toBe(value);
    expect(Math.max(...row)).toBeLessThan(lookUps.vocabSize);
  }
});

test('tells what is left out of each kind, and leaves no tensor behind', { timeout: 120_000 }, () => {
  const text = new CharacterText(someText(10_000));
  const recipe = { ...adaptiveRecipe, width: 8, heads: 2, layers: 2, length: 8, batchSize: 4, steps: 2 };
  const told = new Set<string>();
  const before = memory().numTensors;
  const results = runAdaptiveRecipe(text, recipe, (what) => told.add(what));
  expect(memory().numTensors).toBe(before);
  expect([...told]).toEqual([
    'attention',
    'static mixing',
    'look-ups by attention',
    'look-ups by static mixing',
    'head gates',
    'pruned heads',
    'adaptive spans',
    'LayerDrop',
    'early exit',
  ]);
  const { lookUps, ...others } = results;
  const rows = Object.values(others).flat();
  for (const { bitsPerCharacter, parameters } of rows) {
    expect(bitsPerCharacter).toBeGreaterThan(0);
    expect(bitsPerCharacter).toBeLessThan(6);
    expect(Number.isInteger(parameters)).toBe(true);
  }
  const [attention, mixing] = results.mixing;
  expect(Math.abs(mixing!.parameters / attention!.parameters - 1)).toBeLessThan(0.1);
  expect(lookUps.map(({ what }) => what)).toEqual(['attention', 'static mixing']);
  for (const { right } of lookUps) expect(right).toBeLessThan(0.5); // after two steps
  // What closed gates leave is what is left without them.
  const [, gated, pruned] = results.heads;
  expect(pruned!.bitsPerCharacter).toBeCloseTo(gated!.bitsPerCharacter, 4);
  expect(pruned!.parameters).toBeLessThan(gated!.parameters);
  const [whole, half] = results.layers;
  expect(half!.parameters).toBeLessThan(whole!.parameters);
  expect(results.exits.at(-1)).toMatchObject({ what: 'no early exit', left: '2.00 of 2 blocks on average' });
});
