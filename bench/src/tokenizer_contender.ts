import { readFileSync } from 'node:fs';
import { Tokenizer } from '@chui/tokenizer';
import { serve } from './serve.js';
import type { TokenizerArguments } from './tokenizer.js';

const argument = JSON.parse(process.argv[2]!) as TokenizerArguments;
const lines = readFileSync(argument.text, 'utf8').split('\n');
const file = JSON.parse(readFileSync(argument.tokenizer, 'utf8'));
const tokenizer = Tokenizer.fromJSON({ ...file, truncation: null, padding: null });

/** Encodes all lines and counts tokens, each of which has its offsets. */
function encode(): number {
  return lines.reduce((count, line) => count + tokenizer.encode(line).offsets.length, 0);
}

await serve({
  name: 'chui',
  tokens: encode(),
  run: () => {
    encode();
    return undefined;
  },
});
