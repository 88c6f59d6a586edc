import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { testBackends } from '../../../../test/support/backends.js';
import { AlbertModel } from '../albert/albert.js';
import { albertSchema } from '../albert/config.js';
import { albertPresets } from '../albert/presets.js';
import { BertModel } from '../bert/bert.js';
import { bertSchema } from '../bert/config.js';
import { bertPresets } from '../bert/presets.js';
import { distilBertSchema } from '../distilbert/config.js';
import { distilBertPresets } from '../distilbert/presets.js';
import { electraSchema } from '../electra/config.js';
import { ElectraModel } from '../electra/electra.js';
import { electraPresets } from '../electra/presets.js';
import { robertaSchema } from '../roberta/config.js';
import { robertaPresets } from '../roberta/presets.js';

const all = [
  [bertSchema, bertPresets],
  [distilBertSchema, distilBertPresets],
  [robertaSchema, robertaPresets],
  [albertSchema, albertPresets],
  [electraSchema, electraPresets],
] as const;

describe('presets', () => {
  beforeAll(() => useBackend(testBackends.at(-1)!));
  test('are configurations', () => {
    for (const [schema, presets] of all) {
      for (const [name, preset] of Object.entries(presets))
        expect(schema.safeParse(preset).success, name).toBe(true);
    }
  });

  // As the model cards have them, or transformers' num_parameters().
  test.each([
    ['bert-tiny', () => BertModel.fromConfig(bertPresets['bert-tiny']), 4_385_920],
    ['all-MiniLM-L6-v2', () => BertModel.fromConfig(bertPresets['all-MiniLM-L6-v2']), 22_713_216],
    ['albert-base-v2', () => AlbertModel.fromConfig(albertPresets['albert-base-v2']), 11_683_584],
    ['electra-small-discriminator', () => ElectraModel.fromConfig({}), 13_483_008],
  ])('%s has as many parameters as there', (_, make, parameters) => {
    const model = make();
    expect(model.countParameters()).toBe(parameters);
    model.dispose();
  });
});
