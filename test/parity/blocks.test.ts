import { DecoderBlock, EncoderBlock, LayerNorm } from '@chui/layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';
import { onEveryBackend } from '../support/backends.js';
import { checkGolden, readGolden } from '../support/golden.js';
import { scoped } from '../support/layer_contract.js';
import { allowed, blockArgs, blockParameters, normParameters } from '../support/torch_blocks.js';

const norms = ['postnorm', 'prenorm'];
const activations = ['relu', 'gelu'];

describe('against PyTorch', () => {
  onEveryBackend(() => {
    test.each(norms.flatMap((norm) => activations.map((name) => `encoder-layer-${norm}-${name}`)))(
      '%s',
      (name) =>
        scoped((own) => {
          const golden = readGolden(name);
          const block = own(new EncoderBlock(blockArgs(golden)));
          const mask = allowed(golden, 'src_key_padding_mask', 'src_mask'); // (B, T, T)
          const run = (x: Tensor) => ({ output: block.apply([x, mask]) as Tensor });
          run(golden.read('input.src'));
          checkGolden(golden, { inputs: ['src'], parameters: blockParameters(block, 16), run });
        }),
    );

    test.each(norms.flatMap((norm) => activations.map((name) => `decoder-layer-${norm}-${name}`)))(
      '%s',
      (name) =>
        scoped((own) => {
          const golden = readGolden(name);
          const block = own(new DecoderBlock(blockArgs(golden)));
          const memoryMask = allowed(golden, 'memory_key_padding_mask');
          const run = (x: Tensor, memory: Tensor) => ({
            output: block.apply([x, memory, memoryMask]) as Tensor,
          });
          run(golden.read('input.tgt'), golden.read('input.memory'));
          checkGolden(golden, { inputs: ['tgt', 'memory'], parameters: blockParameters(block, 16), run });
        }),
    );

    test('transformer', () =>
      scoped((own) => {
        const golden = readGolden('transformer');
        const args = blockArgs(golden);
        const encoder = [0, 1].map(() => own(new EncoderBlock(args)));
        const decoder = [0, 1].map(() => own(new DecoderBlock(args)));
        const encoderNorm = own(new LayerNorm());
        const decoderNorm = own(new LayerNorm());
        const mask = allowed(golden, 'src_key_padding_mask');
        const run = (source: Tensor, target: Tensor) => {
          const encoded = encoder.reduce((x, block) => block.apply([x, mask]) as Tensor, source);
          const memory = encoderNorm.apply(encoded) as Tensor;
          const decoded = decoder.reduce((x, block) => block.apply([x, memory, mask]) as Tensor, target);
          return { output: decoderNorm.apply(decoded) as Tensor };
        };
        run(golden.read('input.src'), golden.read('input.tgt'));
        const parameters = [
          ...encoder.flatMap((block, i) => blockParameters(block, 16, `encoder.layers.${i}.`)),
          ...decoder.flatMap((block, i) => blockParameters(block, 16, `decoder.layers.${i}.`)),
          ...normParameters(encoderNorm, '', 'encoder.norm'),
          ...normParameters(decoderNorm, '', 'decoder.norm'),
        ];
        checkGolden(golden, { inputs: ['src', 'tgt'], parameters, run });
      }));
  });
});
