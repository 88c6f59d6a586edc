// The side of transformers.js in a bench: `decoding_peer.mjs JSON`, JSON being DecodingArguments of bench/src/decoding.ts, with
// onnx/model.onnx in its directory.
import { basename, dirname } from 'node:path';
import { AutoModelForCausalLM, env, Tensor } from '@huggingface/transformers';
import { checksum } from '../dist/checksum.js';
import { serve } from '../dist/serve.js';

const { directory, prompts, newTokens, threads } = JSON.parse(process.argv[2]);
env.allowRemoteModels = false;
env.localModelPath = dirname(directory);
const model = await AutoModelForCausalLM.from_pretrained(basename(directory), {
  dtype: 'fp32',
  device: 'cpu',
  session_options: { intraOpNumThreads: threads },
});
const shape = [prompts.length, prompts[0].length];
const inputs = {
  input_ids: new Tensor('int64', BigInt64Array.from(prompts.flat(), BigInt), shape),
  attention_mask: new Tensor('int64', new BigInt64Array(prompts.flat().length).fill(1n), shape),
};

await serve({
  name: `transformers.js ${env.version}`,
  newTokens,
  run: async () => {
    const made = await model.generate({ ...inputs, max_new_tokens: newTokens, do_sample: false });
    return checksum(made.tolist().map((ids) => ids.map(Number)));
  },
});
