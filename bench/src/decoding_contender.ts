import { AutoModelForCausalLM } from '@chui/models';
import { nativeBinding, useBackend } from '@chui/runtime';
import { checksum } from './checksum.js';
import type { DecodingArguments } from './decoding.js';
import { serve } from './serve.js';

const { directory, prompts, newTokens, threads } = JSON.parse(process.argv[2]!) as DecodingArguments;
await useBackend('native', { threads });
const model = await AutoModelForCausalLM.fromPretrained(directory);
await serve({
  name: `chui on TensorFlow ${nativeBinding()!.TF_Version}`,
  parameters: model.countParameters(),
  newTokens,
  run: async () => checksum(await model.generate({ inputIds: prompts }, { maxNewTokens: newTokens })),
});
