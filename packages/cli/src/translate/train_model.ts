import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveFiles } from '@chui/hub';
import { attentionTable, type Translation } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { CheckpointDirectory, ProgressBar, scoreTranslator, trainTranslator } from '@chui/training';
import { onInterrupt } from '../interrupt.js';
import { kindNames, type TrainedModel, type TranslateJob } from './job.js';
import { pairsFor, recipeFor } from './recipes.js';

const LABEL_WIDTH = Math.max(...Object.values(kindNames).map(({ length }) => length));

/** How many test texts are shown. */
const EXAMPLES = 6;

/** Trains, tests and saves one model. Ctrl-C ends the training, not the rest. */
export async function trainModel(job: TranslateJob): Promise<void> {
  const model = kindNames[job.kind];
  const interrupted = new AbortController();
  onInterrupt(() => interrupted.abort());

  const pairs = await pairsFor(job);
  const { backend } = await useBackend(job.backend, { threads: job.threads });
  const recipe = recipeFor({ ...job, backend }, pairs);
  const directory = join(job.out, job.kind);
  const checkpoints = new CheckpointDirectory(join(directory, 'checkpoints'));
  if (!job.resume) await checkpoints.clear();
  const callbacks = [new ProgressBar({ label: model.padEnd(LABEL_WIDTH) })];
  const args = { ...recipe, signal: interrupted.signal };
  const trained = await trainTranslator(pairs, args, { callbacks, checkpoints });
  const { pipeline } = trained;
  await pipeline.save(directory);
  if (trained.stopped !== 'aborted') await rm(checkpoints.path, { recursive: true, force: true });

  const score = await scoreTranslator(pipeline, pairs.test, { numBeams: job.beams });
  const examples = pairs.test.slice(0, EXAMPLES);
  const translations = await pipeline.translate(
    examples.map(({ source }) => source),
    { outputAttentions: true },
  );
  const saved: TrainedModel = {
    result: {
      name: model,
      backend,
      sourceTokens: recipe.sourceTokens,
      targetTokens: recipe.targetTokens,
      parameters: pipeline.model.countParameters(),
      seconds: trained.seconds,
      steps: trained.steps,
      peakMemory: process.resourceUsage().maxRSS * 1024,
      exactMatch: score.exactMatch,
      ...(job.data !== undefined && {
        bleu: score.bleuTokens,
        bleuCharacters: score.bleuCharacters,
        byLength: score.byLength,
      }),
      curve: trained.evaluations.map(({ seconds, step, loss }) => ({ seconds, step, loss })),
    },
    examples: translations.map((translation, i) => ({
      source: examples[i]!.source,
      expected: examples[i]!.target,
      model,
      text: translation.text,
      maps: maps(translation),
    })),
    stopped: trained.stopped,
  };
  // The same for every model of the comparison.
  await saveFiles(job.out, {
    'test_sources.txt': lines(pairs.test.map(({ source }) => source)),
    'test_references.txt': lines(pairs.test.map(({ target }) => target)),
  });
  await saveFiles(directory, {
    'test_outputs.txt': lines(score.outputs),
    'result.json': JSON.stringify(saved),
  });
  pipeline.model.dispose();
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** The mean over the heads of the last layer first, then each head of it, where there are several. */
function maps(translation: Translation) {
  const layers = translation.crossAttentions ?? [];
  if (layers.length === 0) return [];
  const last = layers.length - 1;
  const { heads } = layers[last]!;
  const mean = { label: 'mean of all heads', table: attentionTable(translation, last) };
  const each = Array.from({ length: heads }, (_, head) => ({
    label: `head ${head + 1}`,
    table: attentionTable(translation, last, head),
  }));
  return heads > 1 ? [mean, ...each] : [mean];
}
