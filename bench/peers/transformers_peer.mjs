// The side of transformers.js in a bench: `transformers_peer.mjs JSON`, JSON being {"task": a Task of bench/src/works.ts,
// "threads": N, "directory": what export_onnx.py wrote}.
import { basename, dirname } from 'node:path';
import { AutoModelForSequenceClassification, env, Tensor } from '@huggingface/transformers';
import { serve } from '../dist/serve.js';

const { task, threads, directory } = JSON.parse(process.argv[2]);
const { batch, length, vocabulary } = task.sizes;
const randomIds = (count, end) => Array.from({ length: count }, () => Math.floor(Math.random() * end));

env.allowRemoteModels = false;
env.localModelPath = dirname(directory);
const model = await AutoModelForSequenceClassification.from_pretrained(basename(directory), {
  dtype: 'fp32',
  device: 'cpu',
  session_options: { intraOpNumThreads: threads },
});

const ids = BigInt64Array.from(randomIds(batch * length, vocabulary), BigInt);
const inputs = { input_ids: new Tensor('int64', ids, [batch, length]) };
const labels = randomIds(batch, 2);

/** Mean cross-entropy of logits (B, classes). */
function meanLoss(logits) {
  const losses = logits.tolist().map((row, i) => {
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return Math.log(sum) - row[labels[i]];
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

await serve({
  name: `transformers.js ${env.version}`,
  run: async () => meanLoss((await model(inputs)).logits),
});
