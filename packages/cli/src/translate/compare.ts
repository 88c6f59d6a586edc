import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saveFiles } from '@chui/hub';
import { CommanderError } from 'commander';
import { onInterrupt } from '../interrupt.js';
import { attentionText } from '../pictures/attention_text.js';
import { textTable } from '../text_table.js';
import type { TrainedModel, TranslateJob } from './job.js';
import { SHORTER, takesShortRecipe } from './recipes.js';
import { type ReportExample, reportPage } from './report_page.js';
import { lengthRows, lengthScores, resultRows } from './results.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** Trains one model of each kind, then prints and saves what they learned. */
export async function compareTranslators({
  models,
  ...job
}: Omit<TranslateJob, 'kind'> & { models: TranslateJob['kind'][] }): Promise<void> {
  const interrupted = new AbortController();
  const stopListening = onInterrupt((signal) => interrupted.abort(signal));
  const trained: { kind: TranslateJob['kind']; model: TrainedModel }[] = [];
  for (const kind of models) {
    if (interrupted.signal.aborted) break;
    // The first model finds the backend, and says what is missing for a better one; the others take the same.
    const backend = trained[0]?.model.result.backend ?? job.backend;
    const modelJob: TranslateJob = { ...job, kind, backend };
    if (!(job.resume && (await isDone(modelJob)))) {
      await runChui(['translate-model', JSON.stringify(modelJob)], 'inherit', interrupted.signal);
    }
    trained.push({ kind, model: await readResult(modelJob) });
  }
  stopListening();

  const results = trained.map(({ model }) => model.result);
  const examples = mergeExamples(trained.map(({ model }) => model));
  say('', textTable(resultRows(results)), '');
  const [first] = results;
  if (first && takesShortRecipe({ ...job, backend: first.backend })) {
    say(
      `On ${first.backend} each training is ${SHORTER} times shorter than its recipe; --epochs says otherwise.`,
      '',
    );
  }
  const byLength = lengthScores(results);
  if (byLength) say(`${byLength.title}:`, textTable(lengthRows(byLength)), '');
  showExamples(examples);
  await checkOnWasm(trained, job.out, examples);

  const what = job.data
    ? `the pairs of ${job.data}`
    : 'dates as people write them, to be said as year-month-day';
  const title = job.data ? 'Three translators' : 'Three date translators';
  const summary = `Each model learned from ${what} (seed ${job.seed}) and is tested on texts that it never saw.`;
  await saveFiles(job.out, { 'report.html': reportPage({ title, summary, results, examples }) });
  say(`Report with attention maps: ${shownPath(job.out, 'report.html')}`);
  if (interrupted.signal.aborted) say('It was stopped: the same command with --resume goes on.');
  say(`Models: ${trained.map(({ kind }) => shownPath(job.out, kind)).join(', ')}`);
}

async function readResult({ out, kind }: TranslateJob): Promise<TrainedModel> {
  return JSON.parse(await readFile(join(out, kind, 'result.json'), 'utf8'));
}

/** Whether a model was trained to its end before. */
async function isDone(job: TranslateJob): Promise<boolean> {
  return existsSync(join(job.out, job.kind, 'result.json')) && (await readResult(job)).stopped !== 'aborted';
}

/** The examples of all models side by side. */
function mergeExamples(models: TrainedModel[]): ReportExample[] {
  return (models[0]?.examples ?? []).map(({ source, expected }, i) => ({
    source,
    expected,
    outputs: models.map(({ examples }) => {
      const { model, text, maps } = examples[i]!;
      return { model, text, maps };
    }),
  }));
}

function showExamples(examples: ReportExample[]): void {
  for (const { source, expected, outputs } of examples) {
    say(`${source}${expected === undefined ? '' : `  (${expected})`}`);
    for (const { model, text } of outputs) {
      say(`  ${text === expected ? '✓' : expected === undefined ? ' ' : '✗'} ${text}   ${model}`);
    }
  }
  const drawn = examples[0]?.outputs.filter(({ maps }) => maps.length > 0) ?? [];
  for (const { model, maps } of drawn) {
    say('', `Where the ${model} looks:`, attentionText(maps[0]!.table, process.stdout.columns ?? 100));
  }
}

/** Loads the saved models in another process on WASM and compares what they say. */
async function checkOnWasm(
  trained: { kind: TranslateJob['kind'] }[],
  out: string,
  examples: ReportExample[],
): Promise<void> {
  if (trained.length === 0) return;
  const texts = JSON.stringify(examples.map(({ source }) => source));
  const directories = trained.map(({ kind }) => join(out, kind));
  const answers: string[][] = JSON.parse(await runChui(['translate-check', texts, ...directories], 'pipe'));
  const different = examples.flatMap(({ outputs }, i) =>
    outputs.filter(({ text }, model) => text !== answers[model]![i]).map(({ model }) => model),
  );
  if (different.length > 0) {
    throw new Error(
      `the saved models must say the same on WASM, but ${different.join(', ')} says something else`,
    );
  }
  say('', `Loaded again in another process on WASM: the same ${examples.length * trained.length} answers.`);
}

/** Runs this command line in a new process, which hears of an interrupt; its standard output, where it is not shown. */
function runChui(args: string[], output: 'inherit' | 'pipe', interrupt?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', output, 'inherit'] });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    interrupt?.addEventListener('abort', () => child.kill(interrupt.reason));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(text);
      else if (code === null) reject(new Error(`${args[0]} was ended by ${signal}`));
      // It has told why.
      else reject(new CommanderError(code, 'chui.child', ''));
    });
  });
}

function shownPath(...parts: string[]): string {
  return relative('', join(...parts)) || '.';
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
