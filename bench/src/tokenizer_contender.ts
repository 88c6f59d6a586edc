import { readFileSync } from 'node:fs';
import { Tokenizer, trainBpe } from '@chui/tokenizer';
import { serve } from './serve.js';
import type { EncodingArguments, TrainingArguments } from './tokenizer.js';

const argument = JSON.parse(process.argv[2]!) as EncodingArguments | TrainingArguments;
const lines = readFileSync(argument.text, 'utf8').split('\n');

/** Encodes all lines and counts tokens, each of which has its offsets. */
function encodingOf({ tokenizer: path }: EncodingArguments): () => number {
  const file = JSON.parse(readFileSync(path, 'utf8'));
  const tokenizer = Tokenizer.fromJSON({ ...file, truncation: null, padding: null });
  return () => lines.reduce((count, line) => count + tokenizer.encode(line).offsets.length, 0);
}

if ('tokenizer' in argument) {
  const encode = encodingOf(argument);
  const run = () => void encode();
  await serve({ name: 'chui', tokens: encode(), run });
} else {
  const { vocabSize } = argument;
  const run = async () => {
    await trainBpe(lines, { vocabSize });
    return undefined;
  };
  await serve({ name: 'chui', run });
}
