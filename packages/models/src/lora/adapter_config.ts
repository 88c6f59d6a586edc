import type { ModelFiles } from '@chui/hub';
import { camelKeys, parseConfig } from '../config.js';
import { type LoraConfig, loraSchema } from './config.js';

const FILE = 'adapter_config.json';

/** What PEFT writes beside the settings, and what bears on nothing once an adapter is trained. */
const inert = new Set([
  'auto_mapping',
  'ensure_weight_tying',
  'eva_config',
  'inference_mode',
  'loftq_config',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
]);

/** Beginnings of A and B that leave the base model as it is. */
const harmlessBeginnings: readonly unknown[] = [undefined, true, false, 'gaussian', 'eva', 'orthogonal'];

/**
 * Reads PEFT's adapter_config.json.
 *
 * @throws Error naming the file, the key, the rule and the value, also of what is not supported.
 */
export async function readAdapterConfig(files: ModelFiles): Promise<LoraConfig> {
  const source = `${files.name}/${FILE}`;
  if (!(await files.has(FILE))) {
    throw new Error(`${files.name} must have an ${FILE}, but has none: it holds no adapter`);
  }
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(await files.text(FILE));
  } catch (error) {
    throw new Error(`${source} must be JSON: ${(error as Error).message}`);
  }
  const refuse = (key: string, rule: string) => {
    throw new Error(`${source}: ${key} must be ${rule}, but is ${JSON.stringify(data[key])}`);
  };
  if (data.peft_type !== 'LORA') refuse('peft_type', 'LORA');
  if (data.bias !== undefined && data.bias !== 'none') refuse('bias', 'none: other biases are not supported');
  if (!harmlessBeginnings.includes(data.init_lora_weights)) {
    refuse('init_lora_weights', 'one that leaves the base model as it is: others are not supported');
  }
  const known = new Set(Object.keys(loraSchema.shape));
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(camelKeys(data, known))) {
    if (known.has(key)) settings[key] = value ?? undefined;
    else if (!inert.has(key) && !['bias', 'init_lora_weights'].includes(key) && !isEmpty(value)) {
      refuse(key, 'left out: it is not supported');
    }
  }
  return parseConfig(loraSchema, settings, source);
}

/** The text of PEFT's adapter_config.json. */
export function writeAdapterConfig(config: LoraConfig): string {
  const data = {
    peft_type: 'LORA',
    task_type: config.taskType ?? null,
    base_model_name_or_path: config.baseModelNameOrPath ?? null,
    inference_mode: true,
    r: config.r,
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    target_modules: config.targetModules,
    exclude_modules: config.excludeModules ?? null,
    layers_to_transform: config.layersToTransform ?? null,
    layers_pattern: config.layersPattern ?? null,
    modules_to_save: config.modulesToSave.length > 0 ? config.modulesToSave : null,
    use_rslora: config.useRslora,
    rank_pattern: config.rankPattern,
    alpha_pattern: config.alphaPattern,
    fan_in_fan_out: config.fanInFanOut,
    bias: 'none',
    init_lora_weights: true,
    use_dora: false,
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === '';
}
