/**
 * What a worker runs: a script of its own, so that it is found wherever this package is bundled or run from its sources.
 * It loads the module, answers each `Chunk` with a `ChunkResult`, one after the other, and says what it failed at.
 */
const script = `
import { parentPort, workerData } from 'node:worker_threads';

const load = async ({ url, name, options }) => {
  const module = await import(url);
  if (typeof module[name] !== 'function') return { exports: Object.keys(module) };
  return { run: await module[name](options) };
};
const messageOf = (error) => String(error?.message ?? error);
const loading = load(workerData).catch((error) => ({ message: messageOf(error) }));

const answer = async ({ start, rows }) => {
  const { run, ...failure } = await loading;
  if (typeof run !== 'function') return { examples: [], failure: { made: typeof run, ...failure } };
  const examples = [];
  for (const row of rows) {
    const index = start + examples.length;
    try {
      examples.push(await run(row, index));
    } catch (error) {
      return { examples, failure: { index, message: messageOf(error) } };
    }
  }
  return { examples };
};

const isUncloneable = (value) => {
  try {
    structuredClone(value);
    return false;
  } catch {
    return true;
  }
};

let answered = Promise.resolve();
parentPort.on('message', (chunk) => {
  answered = answered.then(async () => {
    const result = await answer(chunk);
    try {
      parentPort.postMessage(result);
    } catch (error) {
      const at = result.examples.findIndex(isUncloneable);
      const failure = { index: chunk.start + at, message: messageOf(error) };
      parentPort.postMessage({ examples: result.examples.slice(0, at), failure });
    }
  });
});
`;

export const WORKER_SCRIPT = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
