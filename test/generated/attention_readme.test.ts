import '@tensorflow/tfjs-layers';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { heatMap } from '../../packages/cli/src/pictures/heat_map.js';
import { shownAttentions } from './attentions.js';
import { namesOf, page, pictureOf, unexplained } from './page.js';

const pictures = '../../docs/generated/attention/';

beforeAll(async () => {
  // The same numbers on every machine.
  await useBackend('cpu');
});

describe('the page of all attentions', () => {
  it('has every attention of the package', () => {
    const names = shownAttentions.map(({ name }) => name);
    // A part of recurrent models that holds an attention of any kind is none itself.
    const exported = namesOf(() => true).filter(
      (name) => /Attention(2D)?$/.test(name) && name !== 'PastAttention',
    );
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('explains the letters of costs', () => {
    expect(unexplained(shownAttentions)).toEqual([]);
  });

  it('is up to date', async () => {
    await expect(page(shownAttentions)).toMatchFileSnapshot('../../packages/layers/src/attention/README.md');
  });

  it.each(shownAttentions)('has an up to date picture of $name', async (attention) => {
    const picture = heatMap(`Weights of ${attention.name}`, attention.draw());
    await expect(picture).toMatchFileSnapshot(pictures + pictureOf(attention));
  });

  it('has no other pictures', () => {
    const names = shownAttentions.map(pictureOf);
    const others = readdirSync(fileURLToPath(new URL(pictures, import.meta.url)));
    expect(others.filter((name) => !names.includes(name))).toEqual([]);
  });
});
