// transformers.js's side of a bench: `sentences_peer.mjs JSON`, JSON being SentenceArguments of bench/src/sentences.ts with
// the directory of an ONNX model.
import { basename, dirname } from 'node:path';
import { env, pipeline } from '@huggingface/transformers';
import { serve } from '../dist/serve.js';

const { directory, texts, threads } = JSON.parse(process.argv[2]);
env.allowRemoteModels = false;
env.localModelPath = dirname(directory);
const embed = await pipeline('feature-extraction', basename(directory), {
  dtype: 'fp32',
  device: 'cpu',
  session_options: { intraOpNumThreads: threads },
});

await serve({
  name: `transformers.js ${env.version}`,
  examples: texts.length,
  run: async () => (await embed(texts, { pooling: 'mean', normalize: true })).data[0],
});
