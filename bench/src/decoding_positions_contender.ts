// A step is the next token behind a prompt, the first one with the prompt itself.
import { AutoModelForCausalLM } from '@chui/models';
import { nativeBinding, useBackend } from '@chui/runtime';
import type { DecodingArguments } from './decoding.js';
import { serve } from './serve.js';

const { directory, prompts, newTokens, threads } = JSON.parse(process.argv[2]!) as DecodingArguments;
await useBackend('native', { threads });
const model = await AutoModelForCausalLM.fromPretrained(directory);
const tokens = model.stream({ inputIds: prompts }, { maxNewTokens: newTokens });
await serve({
  name: `chui on TensorFlow ${nativeBinding()!.TF_Version}`,
  run: async () => {
    await tokens.next();
    return undefined;
  },
});
