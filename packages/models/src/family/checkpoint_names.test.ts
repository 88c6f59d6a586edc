import { describe, expect, test } from 'vitest';
import { albert } from '../albert/family.js';
import { bert } from '../bert/family.js';
import { roberta } from '../roberta/family.js';
import { checkpointNames, idleNames, type NamedModel } from './checkpoint_names.js';

const layer = (i: number) => `bert.encoder.layer.${i}.output.dense.weight`;
const words = 'bert.embeddings.word_embeddings.weight';
const pooler = 'bert.pooler.dense.weight';
const classifier = 'classifier.weight';

const tagger = {
  family: bert,
  config: { numHiddenLayers: 2, architectures: ['BertForTokenClassification'] },
  architecture: 'BertForTokenClassification',
  own: [words, layer(0), layer(1), classifier],
  isBase: false,
};
const base = {
  ...tagger,
  config: { numHiddenLayers: 2, architectures: ['BertModel'] },
  architecture: 'BertModel',
  own: [words, layer(0), layer(1), pooler].map((name) => name.slice('bert.'.length)),
  isBase: true,
};
const maskedLM = {
  ...tagger,
  config: { numHiddenLayers: 0, architectures: ['BertForMaskedLM'] },
  architecture: 'BertForMaskedLM',
  own: [words, 'cls.predictions.bias'],
};
const untied = {
  ...maskedLM,
  own: [words, 'cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'],
};
const ofAnotherClass = { numHiddenLayers: 2, architectures: ['BertForMaskedLM'] };
const group = (i: number) => `albert.encoder.albert_layer_groups.${i}.albert_layers.0.ffn.weight`;
const groups = {
  family: albert,
  config: { numHiddenLayers: 1, numHiddenGroups: 3, innerGroupNum: 1, architectures: ['AlbertForMaskedLM'] },
  architecture: 'AlbertForMaskedLM',
  own: [group(0)],
  isBase: false,
};

type Result = Partial<Record<'ignored' | 'unknown' | 'fresh' | 'lacking', string[]>> & {
  /** Where names differ. */
  matched?: Record<string, string>;
};

const all = tagger.own;
const cases: [title: string, model: object, names: string[], result: Result][] = [
  ['all of its own', tagger, all, {}],
  ['a pooler besides', tagger, [...all, pooler], { ignored: [pooler] }],
  [
    'another head besides',
    tagger,
    [...all, 'cls.seq_relationship.weight', 'qa_outputs.bias'],
    { ignored: ['cls.seq_relationship.weight', 'qa_outputs.bias'] },
  ],
  [
    'buffers',
    tagger,
    [...all, 'bert.embeddings.position_ids'],
    { ignored: ['bert.embeddings.position_ids'] },
  ],
  ['a name of no part', tagger, [...all, 'foo.bar'], { unknown: ['foo.bar'] }],
  [
    'a name that only begins as a part',
    tagger,
    [...all, 'classifier.dense.weight', 'qa_outputs.scale'],
    { unknown: ['classifier.dense.weight', 'qa_outputs.scale'] },
  ],
  ['a name of no part of the encoder', tagger, [...all, 'bert.foo.weight'], { unknown: ['bert.foo.weight'] }],
  ['one layer more', tagger, [...all, layer(2)], { unknown: [layer(2)] }],
  [
    'one layer more, which the caller left out',
    { ...tagger, savedConfig: { ...tagger.config, numHiddenLayers: 3 } },
    [...all, layer(2), layer(3)],
    { ignored: [layer(2)], unknown: [layer(3)] },
  ],
  [
    'one layer less, which the caller added',
    { ...tagger, savedConfig: { ...tagger.config, numHiddenLayers: 1 } },
    [words, layer(0), classifier],
    { lacking: [layer(1)] },
  ],
  ['no head', tagger, [words, layer(0), layer(1)], { lacking: [classifier] }],
  [
    'no head, of another class',
    { ...tagger, config: ofAnotherClass },
    [words, layer(0)],
    { fresh: [classifier], lacking: [layer(1)] },
  ],
  [
    'a head that is not known, of another class',
    { ...tagger, config: ofAnotherClass },
    [...all, 'crf.transitions', 'bert.foo.weight'],
    { ignored: ['crf.transitions'], unknown: ['bert.foo.weight'] },
  ],
  [
    'names without the prefix',
    tagger,
    all.map((name) => name.replace('bert.', '')),
    { matched: Object.fromEntries(all.map((name) => [name.replace('bert.', ''), name])) },
  ],
  ['a base model', base, base.own, {}],
  [
    'a base model of a file with a head',
    { ...base, config: ofAnotherClass },
    [...all, pooler],
    {
      ignored: [classifier],
      matched: Object.fromEntries([...all.slice(0, 3), pooler].map((name) => [name, name.slice(5)])),
    },
  ],
  ['a base model without its pooler', base, base.own.slice(0, 3), { fresh: ['pooler.dense.weight'] }],
  [
    'a base model without a layer',
    base,
    [base.own[0]!],
    { lacking: base.own.slice(1, 3), fresh: [base.own[3]!] },
  ],
  [
    'tied tensors twice',
    maskedLM,
    [...maskedLM.own, 'cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'],
    { ignored: ['cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'] },
  ],
  [
    'tied tensors under their other names',
    maskedLM,
    ['cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'],
    {
      matched: {
        'cls.predictions.decoder.weight': words,
        'cls.predictions.decoder.bias': 'cls.predictions.bias',
      },
    },
  ],
  [
    'an untied bias under the name of the tied one',
    untied,
    [words, 'cls.predictions.decoder.weight', 'cls.predictions.bias'],
    { matched: { 'cls.predictions.bias': 'cls.predictions.decoder.bias' } },
  ],
  [
    'an untied bias, and an idle one',
    untied,
    [...untied.own, 'cls.predictions.bias'],
    { ignored: ['cls.predictions.bias'] },
  ],
  [
    'no untied layer',
    untied,
    [words, 'cls.predictions.bias'],
    {
      matched: { 'cls.predictions.bias': 'cls.predictions.decoder.bias' },
      lacking: ['cls.predictions.decoder.weight'],
    },
  ],
  [
    'groups of no layer',
    groups,
    [group(0), group(1), group(2), group(3)],
    { ignored: [group(1), group(2)], unknown: [group(3)] },
  ],
];

describe('names of checkpoints', () => {
  test.each(cases)('%s', (_, model, names, result) => {
    const found = checkpointNames(names, model as NamedModel<never>);
    const { matched = {}, ...sets } = result;
    for (const key of ['ignored', 'unknown', 'fresh', 'lacking'] as const) {
      expect([...found[key]], key).toEqual(sets[key] ?? []);
    }
    const others = new Set([...found.ignored, ...found.unknown]);
    const rest = names.filter((name) => !others.has(name));
    expect(Object.fromEntries(found.matched)).toEqual(
      Object.fromEntries(rest.map((name) => [name, matched[name] ?? name])),
    );
  });

  test('names of old files', () => {
    const own = ['bert.embeddings.LayerNorm.weight', 'bert.embeddings.LayerNorm.bias'];
    const names = ['bert.embeddings.LayerNorm.gamma', 'embeddings.LayerNorm.beta'];
    const { matched, lacking } = checkpointNames(names, { ...tagger, own } as unknown as NamedModel<never>);
    expect([...matched]).toEqual(names.map((name, i) => [name, own[i]]));
    expect(lacking.size).toBe(0);
  });

  test('idle names are those of biases that are untied', () => {
    expect([...idleNames(bert, untied.own)]).toEqual([
      ['cls.predictions.decoder.bias', 'cls.predictions.bias'],
    ]);
    expect([...idleNames(bert, maskedLM.own)]).toEqual([]);
    expect([...idleNames(roberta, ['lm_head.decoder.bias'])]).toEqual([
      ['lm_head.decoder.bias', 'lm_head.bias'],
    ]);
  });
});
