// npm run guide-pictures [-- DIRECTORY]: the pictures of docs/guide.md, from the models that npm start leaves in out/translate,
// an RNN with additive attention that is trained here, and the table of docs/results/translation.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attentionTable, RnnSeq2Seq, TranslationPipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { datePairs, encodePairs, exactMatch, ProgressBar, Trainer } from '@chui/training';
import { heatMap } from '../packages/cli/dist/pictures/heat_map.js';
import { lineChart } from '../packages/cli/dist/pictures/line_chart.js';
import { inRoot } from './stage.mjs';

const [models = inRoot('out/translate')] = process.argv.slice(2);
const pictures = inRoot('docs/images/guide');

/** Test dates, of days that no model was trained on. */
const [date, eraDate] = ['Thu 1 Dec 1983', '昭和三十四年四月四日'];

await useBackend('auto');
mkdirSync(pictures, { recursive: true });
const draw = (name, svg) => writeFileSync(join(pictures, name), svg);

draw('bleu_by_length.svg', bleuByLength());

const [additive, luong, transformer] = [
  await trainedWithAdditiveAttention(),
  await TranslationPipeline.fromPretrained(join(models, 'attention')),
  await TranslationPipeline.fromPretrained(join(models, 'transformer')),
];
draw(
  'one_head.svg',
  heatMap('Where RNNs look while they read dates', [
    ...(await maps(additive, date, ['additive'])),
    ...(await maps(luong, date, ['general'])),
    ...(await maps(luong, eraDate, ['general'])),
  ]),
);
draw(
  'heads.svg',
  heatMap(
    `Where the heads of a Transformer look while they read ${eraDate}`,
    await maps(transformer, eraDate, ['head 1', 'head 2', 'head 3', 'head 4']),
  ),
);

/** A map of each head of the last block, whose names these are. */
async function maps(pipeline, text, titles) {
  const [translation] = await pipeline.translate([text], { outputAttentions: true });
  console.log(`${titles.join(', ')}: ${text} → ${translation.text}`);
  const last = translation.crossAttentions.length - 1;
  const shown = (tokens) =>
    tokens.map((token) => token.replace(/^\[(\w+)\]$/, (_, mark) => mark.toLowerCase()));
  return titles.map((title, head) => {
    const { sourceTokens, targetTokens, weights } = attentionTable(translation, last, head);
    return { title, rows: shown(targetTokens), columns: shown(sourceTokens), weights };
  });
}

/** Bahdanau's decoder, which `npm start` does not train. */
async function trainedWithAdditiveAttention() {
  const train = datePairs({ seed: 1, count: 30_000, split: 'train' });
  const test = datePairs({ seed: 1, count: 1_000, split: 'test' });
  const sourceTokenizer = characterTokenizer(train.map(({ source }) => source));
  const targetTokenizer = characterTokenizer(train.map(({ target }) => target));
  const config = {
    vocabSize: sourceTokenizer.vocabSize,
    decoderVocabSize: targetTokenizer.vocabSize,
    attention: 'additive',
    decoder: 'bahdanau',
    embeddingSize: 96,
    hiddenSize: 96,
  };
  const model = RnnSeq2Seq.fromConfig(config, { seed: 1 });
  const trainer = new Trainer({
    model,
    args: { maxSteps: 600, batchSize: 64, learningRate: 5e-3, schedule: 'cosine', warmupSteps: 30 },
    trainDataset: encodePairs(train, { sourceTokenizer, targetTokenizer }),
    callbacks: [new ProgressBar({ label: 'RNN with additive attention' })],
  });
  await trainer.train();
  const pipeline = new TranslationPipeline(model, sourceTokenizer, targetTokenizer);
  const said = await pipeline.translate(test.map(({ source }) => source));
  const right = exactMatch(
    said.map(({ text }) => text),
    test.map(({ target }) => target),
  );
  console.log(`of dates that it never saw, it reads ${(100 * right).toFixed(1)} %`);
  return pipeline;
}

/** The table by the length of the source as a chart, one line a model. */
function bleuByLength() {
  const [, section] = readFileSync(inRoot('docs/results/translation.md'), 'utf8').split(
    '## By the length of the source',
  );
  const [head, , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const scores = [0, 10, 20, 30, 40].map((at) => ({ at, text: `${at}` }));
  const lengths = rows.map(([words], at) => ({ at, text: at === 0 ? `${words} words` : words }));
  return lineChart({
    label: 'BLEU by the number of words of the source',
    x: { from: -0.5, to: rows.length - 0.5, marks: lengths },
    y: { from: 0, to: 45, marks: [...scores, { at: 45, text: 'BLEU' }] },
    lines: head.slice(2).map((name, model) => ({
      name,
      points: rows.map((row, x) => ({ x, y: Number(row[model + 2]) })),
    })),
  });
}
