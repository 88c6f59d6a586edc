import { memoryFiles } from '@chui/hub';
import { describe, expect, test } from 'vitest';
import { readAdapterConfig, writeAdapterConfig } from './adapter_config.js';
import { loraSchema } from './config.js';

const read = (data: unknown) =>
  readAdapterConfig(
    memoryFiles({ 'adapter_config.json': typeof data === 'string' ? data : JSON.stringify(data) }, 'dir'),
  );

const least = { peft_type: 'LORA', target_modules: ['query'] };

describe('adapter_config.json', () => {
  test('is read as it was written', async () => {
    const config = loraSchema.parse({
      ...{ r: 3, loraAlpha: 5, loraDropout: 0.1, targetModules: '.*query', excludeModules: ['key'] },
      ...{ layersToTransform: [0], layersPattern: 'layer', modulesToSave: ['classifier'], useRslora: true },
      ...{ rankPattern: { a: 2 }, alphaPattern: { b: 1.5 }, fanInFanOut: true, taskType: 'SEQ_CLS' },
      baseModelNameOrPath: 'base',
    });
    expect(await read(writeAdapterConfig(config))).toEqual(config);
    const short = loraSchema.parse({ targetModules: ['query'] });
    expect(await read(writeAdapterConfig(short))).toEqual(short);
  });

  test('may have what bears on nothing', async () => {
    const extra = {
      peft_version: '0.21.2',
      megatron_core: 'megatron.core',
      qalora_group_size: 16,
      revision: 'main',
    };
    const empty = { use_dora: false, target_parameters: null, layer_replication: [], corda_config: {} };
    expect(await read({ ...least, ...extra, ...empty, r: 4 })).toMatchObject({ r: 4, loraAlpha: 8 });
  });

  test.each<[object | string, string]>([
    ['{', 'dir/adapter_config.json must be JSON: '],
    [{ ...least, peft_type: 'LOHA' }, 'dir/adapter_config.json: peft_type must be LORA, but is "LOHA"'],
    [{ ...least, bias: 'all' }, 'bias must be none: other biases are not supported, but is "all"'],
    [{ ...least, use_dora: true }, 'use_dora must be left out: it is not supported, but is true'],
    [{ ...least, lora_bias: true }, 'lora_bias must be left out: it is not supported, but is true'],
    [{ ...least, trainable_token_indices: [1] }, 'trainable_token_indices must be left out'],
    [{ ...least, later_idea: { a: 1 } }, 'later_idea must be left out: it is not supported, but is {"a":1}'],
    [{ ...least, init_lora_weights: 'pissa' }, 'init_lora_weights must be one that leaves the base model'],
    [{ ...least, r: 0 }, 'dir/adapter_config.json: r: must be positive, but is 0'],
    [{ peft_type: 'LORA' }, 'dir/adapter_config.json: targetModules: must be a text or a list of texts'],
  ])('%j is refused', async (data, message) => {
    await expect(read(data)).rejects.toThrow(message);
  });

  test('must be there', async () => {
    await expect(readAdapterConfig(memoryFiles({}, 'dir'))).rejects.toThrow(
      'dir must have an adapter_config.json, but has none: it holds no adapter',
    );
  });
});
