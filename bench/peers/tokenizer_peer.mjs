// A tokenizer of npm in a bench: `tokenizer_peer.mjs JSON PACKAGE`, JSON being EncodingArguments of bench/src/tokenizer.ts.
import { readFileSync } from 'node:fs';
import { serve } from '../dist/serve.js';

const [argument, name] = process.argv.slice(2);
const { tokenizer: path, text } = JSON.parse(argument);
const lines = readFileSync(text, 'utf8').split('\n');
const file = { ...JSON.parse(readFileSync(path, 'utf8')), truncation: null, padding: null };
const { version } = JSON.parse(
  readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), 'utf8'),
);

/** How each encodes a line; gives the number of tokens. */
const kinds = {
  '@huggingface/tokenizers': ({ Tokenizer }) => {
    const tokenizer = new Tokenizer(file, {});
    return (line) => tokenizer.encode(line).ids.length;
  },
  '@huggingface/transformers': ({ PreTrainedTokenizer }) => {
    const tokenizer = new PreTrainedTokenizer(file, {});
    return (line) => tokenizer.encode(line).length;
  },
  tokenizers: ({ Tokenizer }) => {
    const tokenizer = Tokenizer.fromString(JSON.stringify(file));
    return async (line) => {
      const encoding = await tokenizer.encode(line);
      encoding.getOffsets();
      return encoding.getIds().length;
    };
  },
};
process.env.TOKENIZERS_PARALLELISM = 'false';
const encodeLine = kinds[name](await import(name));

async function encode() {
  let count = 0;
  for (const line of lines) {
    const tokens = encodeLine(line);
    count += typeof tokens === 'number' ? tokens : await tokens;
  }
  return count;
}

await serve({
  name: `${name} ${version}`,
  tokens: await encode(),
  run: async () => {
    await encode();
  },
});
