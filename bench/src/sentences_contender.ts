import { SentenceTransformer } from '@chui/models';
import { nativeBinding, useBackend } from '@chui/runtime';
import type { SentenceArguments } from './sentences.js';
import { serve } from './serve.js';

const { directory, texts, threads } = JSON.parse(process.argv[2]!) as SentenceArguments;
await useBackend('native', { threads });
const model = await SentenceTransformer.fromPretrained(directory);
await serve({
  name: `chui on TensorFlow ${nativeBinding()!.TF_Version}`,
  parameters: model.model.countParameters(),
  examples: texts.length,
  run: async () => (await model.encode(texts, { batchSize: texts.length }))[0]![0],
});
