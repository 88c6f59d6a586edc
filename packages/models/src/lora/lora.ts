import { type ModelFiles, type OpenOptions, openFiles } from '@chui/hub';
import { setSeed } from '@chui/runtime';
import { parseConfig } from '../config.js';
import { readAdapterConfig } from './adapter_config.js';
import { headsOf, type LoraOptions, loraSchema } from './config.js';
import { type AnyModel, LoraAdapter } from './lora_adapter.js';
import { findTargets } from './targets.js';

/**
 * Lays a new adapter on a model, whose own weights are frozen then: its linear layers that are chosen compute
 *
 *     act(x · W + b + α / r · dropout(x) · A · B)
 *
 * A is random and B 0 at first, so that nothing changes before it is trained. `Trainer` trains the model as any other.
 *
 * @throws RangeError naming the option, the rule and the value.
 * @throws Error if the model has an adapter already.
 * @see Hu et al. (2021), https://arxiv.org/abs/2106.09685
 * @example
 * const adapter = applyLora(model, { r: 8, loraAlpha: 16, targetModules: ['query', 'value'], modulesToSave: ['classifier'] });
 * await new Trainer({ model, … }).train();
 * await adapter.savePretrained('./adapter');
 */
export function applyLora(model: AnyModel, { seed, ...options }: LoraOptions): LoraAdapter {
  const given = parseConfig(loraSchema, options, 'applyLora');
  const modulesToSave = [...new Set([...given.modulesToSave, ...headsOf(given.taskType)])];
  const chosen = { ...given, modulesToSave };
  const targets = findTargets(model.parameters(), chosen, { each: true });
  if (seed !== undefined) setSeed(seed);
  // PEFT writes names for all-linear, too: what that means depends on the task.
  const isAll = chosen.targetModules === 'all-linear';
  const targetModules = isAll ? targets.adapted.map(({ module }) => module) : chosen.targetModules;
  return new LoraAdapter(model, { ...chosen, targetModules }, targets);
}

/**
 * Lays an adapter on a model that PEFT or `LoraAdapter.savePretrained` wrote; it may be trained further.
 *
 * @param from a directory, a URL of one, or the id of a repository; or files that are open
 * @throws Error naming the file, the rule and what is there: also if the adapter is none of LoRA, has what is not supported, or
 *   its tensors are not exactly those that the model takes.
 */
export async function loadLora(
  model: AnyModel,
  from: string | ModelFiles,
  options: OpenOptions = {},
): Promise<LoraAdapter> {
  const files = typeof from === 'string' ? await openFiles(from, options) : from;
  const config = await readAdapterConfig(files);
  const adapter = new LoraAdapter(model, config, findTargets(model.parameters(), config));
  try {
    await adapter.loadParameters(files);
  } catch (error) {
    adapter.unload();
    throw error;
  }
  return adapter;
}
