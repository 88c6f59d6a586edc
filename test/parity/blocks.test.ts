import { type BlockArgs, DecoderBlock, EncoderBlock, LayerNorm } from '@chui/layers';
import { expandDims, mul, slice, sub, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { describe, test } from 'vitest';
import { onEveryBackend } from '../support/backends.js';
import {
  checkGolden,
  type Golden,
  type Parameter,
  type Read,
  readGolden,
  weightOf,
} from '../support/golden.js';
import { scoped } from '../support/layer_contract.js';

const norms = ['postnorm', 'prenorm'];
const activations = ['relu', 'gelu'];

/** The options of a block from those of PyTorch's. */
function blockArgs({ hyper }: Golden): BlockArgs {
  return {
    numHeads: hyper.nhead as number,
    hiddenDim: hyper.dim_feedforward as number,
    activation: hyper.activation as 'relu' | 'gelu',
    norm: hyper.norm_first ? 'pre' : 'post',
    epsilon: hyper.layer_norm_eps as number,
  };
}

/** A block's weights from PyTorch's parameters whose names begin with `prefix`. */
function blockParameters(block: layers.Layer, width: number, prefix = ''): Parameter[] {
  const decoder = block instanceof DecoderBlock;
  const attentions = decoder
    ? [
        ['self_attention', 'self_attn'],
        ['cross_attention', 'multihead_attn'],
      ]
    : [['self_attention', 'self_attn']];
  return [
    ...attentions.flatMap(([ours, theirs], i) => [
      ...attentionParameters(block, ours!, `${prefix}${theirs}`, width),
      ...normParameters(block, `${ours}_norm/`, `${prefix}norm${i + 1}`),
    ]),
    ...linearParameters(block, 'feed_forward/hidden', `${prefix}linear1`),
    ...linearParameters(block, 'feed_forward/output', `${prefix}linear2`),
    ...normParameters(block, 'feed_forward_norm/', `${prefix}norm${attentions.length + 1}`),
  ];
}

function attentionParameters(block: layers.Layer, ours: string, theirs: string, width: number): Parameter[] {
  const part = (read: Read, name: string, i: number) => slice(read(`${theirs}.${name}`), i * width, width);
  return [
    ...['query', 'key', 'value'].flatMap((name, i): Parameter[] => [
      {
        variable: weightOf(block, `${ours}/${name}_kernel`),
        value: (read) => transpose(part(read, 'in_proj_weight', i)),
      },
      { variable: weightOf(block, `${ours}/${name}_bias`), value: (read) => part(read, 'in_proj_bias', i) },
    ]),
    {
      variable: weightOf(block, `${ours}/output_kernel`),
      value: (read) => transpose(read(`${theirs}.out_proj.weight`)),
    },
    { variable: weightOf(block, `${ours}/output_bias`), value: (read) => read(`${theirs}.out_proj.bias`) },
  ];
}

function linearParameters(layer: layers.Layer, ours: string, theirs: string): Parameter[] {
  return [
    { variable: weightOf(layer, `${ours}/kernel`), value: (read) => transpose(read(`${theirs}.weight`)) },
    { variable: weightOf(layer, `${ours}/bias`), value: (read) => read(`${theirs}.bias`) },
  ];
}

function normParameters(layer: layers.Layer, ours: string, theirs: string): Parameter[] {
  return [
    { variable: weightOf(layer, `${ours}gamma`), value: (read) => read(`${theirs}.weight`) },
    { variable: weightOf(layer, `${ours}beta`), value: (read) => read(`${theirs}.bias`) },
  ];
}

/** PyTorch's flags of what is blocked, (B, S) or (T, S), as what may be attended to: (B, S) or (1, T, S). */
function allowed({ read }: Golden, padding: string, mask?: string): Tensor {
  const slots = sub(1, read(`input.${padding}`)); // (B, S)
  return mask ? mul(expandDims(slots, 1), expandDims(sub(1, read(`input.${mask}`)), 0)) : slots;
}

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
