import { type BlockArgs, DecoderBlock } from '@chui/layers';
import { expandDims, mul, slice, sub, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { type Golden, type Parameter, type Read, weightOf } from './golden.js';

/** The options of a block from those of PyTorch's. */
export function blockArgs({ hyper }: Golden): BlockArgs {
  return {
    numHeads: hyper.nhead as number,
    hiddenDim: hyper.dim_feedforward as number,
    activation: hyper.activation as 'relu' | 'gelu',
    norm: hyper.norm_first ? 'pre' : 'post',
    epsilon: hyper.layer_norm_eps as number,
  };
}

/** A block's weights from PyTorch's parameters whose names begin with `prefix`. */
export function blockParameters(block: layers.Layer, width: number, prefix = ''): Parameter[] {
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

export function normParameters(layer: layers.Layer, ours: string, theirs: string): Parameter[] {
  return [
    { variable: weightOf(layer, `${ours}gamma`), value: (read) => read(`${theirs}.weight`) },
    { variable: weightOf(layer, `${ours}beta`), value: (read) => read(`${theirs}.bias`) },
  ];
}

/** PyTorch's flags of what is blocked, (B, S) or (T, S), as what may be attended to: (B, S) or (1, T, S). */
export function allowed({ read }: Golden, padding: string, mask?: string): Tensor {
  const slots = sub(1, read(`input.${padding}`)); // (B, S)
  return mask ? mul(expandDims(slots, 1), expandDims(sub(1, read(`input.${mask}`)), 0)) : slots;
}
