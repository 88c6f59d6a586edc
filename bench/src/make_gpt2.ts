// Writes a checkpoint of GPT-2's size with random weights: `make_gpt2.js DIRECTORY`.
import { GPT2LMHeadModel } from '@chui/models';
import { useBackend } from '@chui/runtime';

await useBackend('native');
// No token ends a text, and what is dropped in training does not matter here.
const model = GPT2LMHeadModel.fromConfig({ eosTokenId: null, bosTokenId: null }, { seed: 1 });
await model.savePretrained(process.argv[2]!);
