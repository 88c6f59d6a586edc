import { attentionTable, type Translation, TranslationPipeline } from '@chui/models';
import type { BackendName } from '@chui/runtime';
import { attentionMap } from './attention_map.js';
import { backendTitles, chooseBackend } from './backend.js';

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

const modelForm = element<HTMLFormElement>('model-form');
const modelInput = element<HTMLInputElement>('model');
const backendSelect = element<HTMLSelectElement>('backend');
const status = element('status');
const textForm = element<HTMLFormElement>('text-form');
const textInput = element<HTMLInputElement>('text');
const translateButton = element<HTMLButtonElement>('translate');
const answer = element<HTMLOutputElement>('answer');
const attentionSection = element('attention');
const attentionChoice = element('attention-choice');
const layerSelect = element<HTMLSelectElement>('layer');
const headSelect = element<HTMLSelectElement>('head');
const mapPlace = element('attention-map');

let pipeline: TranslationPipeline | undefined;
let translation: Translation | undefined;

function say(message: string, failed = false): void {
  status.textContent = message;
  status.classList.toggle('failed', failed);
}

/** Does one thing at a time: the buttons wait for it, and what goes wrong is said. */
async function busy(work: () => Promise<void>): Promise<void> {
  const buttons = document.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  } finally {
    for (const button of buttons) button.disabled = false;
    translateButton.disabled = !pipeline;
  }
}

function clearAnswer(): void {
  translation = undefined;
  answer.value = '';
  attentionSection.hidden = true;
}

async function load(): Promise<void> {
  say('Loading …');
  clearAnswer();
  // Parameters live on the backend that they were loaded on.
  pipeline?.model.dispose();
  pipeline = undefined;
  const { backend } = await chooseBackend(backendSelect.value as BackendName | 'auto');
  pipeline = await TranslationPipeline.fromPretrained(new URL(modelInput.value, document.baseURI).href);
  const { model } = pipeline;
  const name = model.config.architectures[0] ?? model.config.modelType;
  say(
    `${name} with ${model.countParameters().toLocaleString('en')} parameters, on ${backendTitles[backend]}.`,
  );
}

async function translate(): Promise<void> {
  clearAnswer();
  [translation] = await pipeline!.translate([textInput.value], { outputAttentions: true });
  answer.value = translation!.text;
  const maps = translation!.crossAttentions ?? [];
  attentionSection.hidden = maps.length === 0;
  if (maps.length === 0) return;
  attentionChoice.hidden = maps.length === 1 && maps[0]!.heads === 1;
  const count = (length: number) => Array.from({ length }, (_, i) => String(i + 1));
  offer(layerSelect, count(maps.length), maps.length - 1);
  offer(headSelect, ['mean of all', ...count(maps[0]!.heads)], 0);
  showAttention();
}

/** Puts choices into a select and keeps what was chosen, where that is still there. */
function offer(select: HTMLSelectElement, choices: string[], preferred: number): void {
  const chosen = select.selectedIndex;
  select.replaceChildren(...choices.map((choice) => new Option(choice)));
  select.selectedIndex = chosen in choices ? chosen : preferred;
}

function showAttention(): void {
  if (!translation) return;
  const head = headSelect.selectedIndex === 0 ? undefined : headSelect.selectedIndex - 1;
  mapPlace.replaceChildren(attentionMap(attentionTable(translation, layerSelect.selectedIndex, head)));
}

modelForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(load);
});
textForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(translate);
});
for (const select of [layerSelect, headSelect]) select.addEventListener('change', showAttention);

// `?model=…&backend=…` opens the page on another model or backend.
const query = new URLSearchParams(location.search);
modelInput.value = query.get('model') ?? 'attention';
backendSelect.value = query.get('backend') ?? 'auto';
void busy(load);
