import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AttentionMap, FullGenerationConfig } from '../generation/config.js';
import { Decoding, type Prompts, repeatRows } from '../generation/decoding.js';
import { draftModel } from '../generation/draft_model.js';
import type { Drafter } from '../generation/drafter.js';
import { promptLookup } from '../generation/prompt_lookup.js';
import { hypothesesOf, type SearchMeans } from '../generation/search.js';
import type { CausalDecoding } from './causal_decoding.js';
import type { CausalLM } from './causal_lm.js';

/** What a generation holds until it is disposed. */
export async function generationMeans(
  model: CausalLM,
  decoder: CausalDecoding,
  prompts: Prompts,
  options: FullGenerationConfig,
): Promise<SearchMeans & { dispose(): void }> {
  const promptStates = options.penaltyAlpha === undefined ? undefined : await statesOf(model, prompts);
  const drafter = drafterOf(prompts, options);
  try {
    const { decoding, dispose } = beginDecoding(model, decoder, prompts, options);
    return {
      ...{ decoding, drafter, promptStates },
      dispose() {
        drafter?.dispose();
        dispose();
      },
    };
  } catch (error) {
    drafter?.dispose();
    throw error;
  }
}

/** The decoding of a generation's rows; a cache that the caller gave holds in the end what was read. */
function beginDecoding(
  model: CausalLM,
  decoder: CausalDecoding,
  prompts: Prompts,
  options: FullGenerationConfig,
): { decoding: Decoding; dispose(): void } {
  const { pastKeyValues: past } = options;
  const { ids } = prompts.prefixes[0]!;
  const read = ids.slice(0, -1);
  const state = decoder.start(prompts, options.maxLength, past?.take(model, ids, model.sizes));
  const times = hypothesesOf(options);
  if (times === 1) {
    const decoding = new Decoding(decoder, state, false);
    const end = () => {
      past?.give([...read, ...decoding.fed], decoding.release());
      decoding.dispose();
    };
    return { decoding, dispose: end };
  }
  const rows = tidy(() => repeatRows(state, prompts.prefixes.length, times));
  dispose(state.memory);
  if (past) past.give(read, state.carried);
  else dispose(state.carried);
  const decoding = new Decoding(decoder, rows, false);
  return { decoding, dispose: () => decoding.dispose() };
}

function drafterOf(prompts: Prompts, options: FullGenerationConfig): Drafter | undefined {
  const { assistantModel, promptLookupNumTokens, maxMatchingNgramSize, maxLength } = options;
  if (assistantModel) return draftModel(assistantModel.startDecoding(prompts, maxLength), options);
  return promptLookupNumTokens ? promptLookup(promptLookupNumTokens, maxMatchingNgramSize) : undefined;
}

/** The last hidden states (E) of each prompt's tokens but for the last. */
async function statesOf(model: CausalLM, { prefixes }: Prompts): Promise<Float32Array[][]> {
  const all: Float32Array[][] = [];
  for (const { ids, padding } of prefixes) {
    const states: Float32Array[] = [];
    all.push(states);
    if (ids.length - padding === 1) continue;
    const last = tidy(
      () =>
        model
          .forward({ inputIds: [ids.slice(padding, -1)] }, { outputHiddenStates: true })
          .hiddenStates!.at(-1)!,
    );
    const values = await last.data<'float32'>();
    const width = last.shape[2]!;
    last.dispose();
    for (let i = 0; i < values.length; i += width) states.push(values.slice(i, i + width));
  }
  return all;
}

/** What each token of a sequence but for the last attends to, one map a layer. */
export async function attentionsOf(model: CausalLM, ids: readonly number[]): Promise<AttentionMap[]> {
  const attentions: Tensor[] = tidy(
    () => model.forward({ inputIds: [ids.slice(0, -1)] }, { outputAttentions: true }).attentions!,
  );
  const values = await Promise.all(attentions.map((tensor) => tensor.data<'float32'>()));
  const maps = attentions.map(({ shape: [, heads, steps, slots] }, i) => ({
    ...{ values: values[i]!, heads: heads!, steps: steps!, slots: slots! },
  }));
  dispose(attentions);
  return maps;
}
