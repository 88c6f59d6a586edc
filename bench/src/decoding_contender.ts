import { AutoModelForCausalLM } from '@chui/models';
import { nativeBinding, useBackend } from '@chui/runtime';
import type { DecodingArguments } from './decoding.js';
import { serve } from './serve.js';

const { directory, prompts, newTokens, threads } = JSON.parse(process.argv[2]!) as DecodingArguments;
await useBackend('native', { threads });
const model = await AutoModelForCausalLM.fromPretrained(directory);
await serve({
  name: `chui on TensorFlow ${nativeBinding()!.TF_Version}`,
  parameters: model.countParameters(),
  tokens: prompts.length * newTokens,
  run: async () => (await model.generate({ inputIds: prompts }, { maxNewTokens: newTokens }))[0]!.at(-1),
});
