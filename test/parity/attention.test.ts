import {
  AdditiveAttention,
  type Attention,
  DotProductAttention,
  GeneralAttention,
  GroupedQueryAttention,
  type HeadedAttention,
  MultiHeadAttention,
  type MultiHeadAttentionArgs,
  ScaledDotProductAttention,
} from '@chui/layers';
import {
  addN,
  expandDims,
  eye,
  grads,
  mean,
  mul,
  ones,
  reshape,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
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
import { expectSame, scoped } from '../support/layer_contract.js';

type Own = <D extends { dispose(): unknown }>(made: D) => D;

/** Context and weights of an attention. */
function attend(layer: Attention, [query, key, value, mask, bias]: (Tensor | undefined)[]): [Tensor, Tensor] {
  return layer.attend({ query: query!, key, value, mask, bias }) as [Tensor, Tensor];
}

/** 1 where a padded flag is 0. */
const unpadded = (read: Read, name: string) => sub(1, read(`input.${name}`));

function weights(layer: Attention, values: Record<string, Parameter['value']>): Parameter[] {
  return Object.entries(values).map(([name, value]) => ({ variable: weightOf(layer, name), value }));
}

/** Builds a layer for a case's query, key and value. */
function built<L extends Attention>(layer: L, read: Read, [query, key = query, value = key]: string[]): L {
  layer.apply([query, key, value].map((name) => read(`input.${name}`)));
  return layer;
}

describe('scores of Luong and Bahdanau', () => {
  const check = (name: string, make: () => Attention, values: Record<string, Parameter['value']>) =>
    test(name, () =>
      scoped((own) => {
        const golden = readGolden(name);
        const layer = own(built(make(), golden.read, ['query', 'source']));
        const mask = unpadded(golden.read, 'source_padding');
        checkGolden(golden, {
          inputs: ['query', 'source'],
          parameters: weights(layer, values),
          run: (query, source) => {
            const [context, weights] = attend(layer, [query, source, source, mask]);
            return { context, weights };
          },
        });
      }),
    );
  const additive = () => new AdditiveAttention({ units: 7, useBias: false, returnWeights: true });
  const scoreKernel = (read: Read) => reshape(read('v_a'), [7, 1]);
  const halves = (read: Read) => split(transpose(read('W_a')), [5, 8], 0);

  onEveryBackend(() => {
    check('luong-dot', () => new DotProductAttention({ returnWeights: true }), {});
    check('luong-general', () => new GeneralAttention({ returnWeights: true }), {
      kernel: (read) => read('W_a'),
    });
    check('luong-concat', additive, {
      query_kernel: (read) => halves(read)[0]!,
      key_kernel: (read) => halves(read)[1]!,
      score_kernel: scoreKernel,
    });
    check('bahdanau', additive, {
      query_kernel: (read) => transpose(read('W_a')),
      key_kernel: (read) => transpose(read('U_a')),
      score_kernel: scoreKernel,
    });
  });
});

describe('PyTorch scaled_dot_product_attention', () => {
  /** Heads are rows of the batch: (B, H, L, K) → (B·H, L, K). */
  const fold = (x: Tensor) => reshape(x, [-1, ...x.shape.slice(2)]);
  const check = (
    name: string,
    { scale, causal, groups = 1 }: { scale?: number; causal?: boolean; groups?: number },
  ) =>
    test(name, () =>
      scoped((own) => {
        const golden = readGolden(name);
        const { read } = golden;
        const layer = own(new ScaledDotProductAttention({ scale, causal }));
        const shape = read('input.query').shape;
        const added = name === 'sdpa-float-mask';
        const mask = name.includes('bool') ? tile(read('input.attn_mask'), [1, shape[1]!, 1, 1]) : undefined;
        /** A key head to each of `groups` query heads. */
        const share = (x: Tensor) => {
          const [length, width] = x.shape.slice(2) as [number, number];
          const heads = tile(reshape(x, [-1, 1, length, width]), [1, groups, 1, 1]);
          return reshape(heads, [-1, length, width]);
        };
        checkGolden(golden, {
          inputs: ['query', 'key', 'value', ...(added ? ['attn_mask'] : [])],
          parameters: [],
          run: (query, key, value, bias) => {
            const context = layer.attend({
              query: fold(query!),
              key: share(key!),
              value: share(value!),
              mask: mask && fold(mask),
              bias: bias && fold(tile(expandDims(bias, 0), [shape[0]!, 1, 1, 1])),
            }) as Tensor;
            return { output: reshape(context, [...shape.slice(0, 3), -1]) };
          },
        });
      }),
    );

  onEveryBackend(() => {
    check('sdpa-plain', {});
    check('sdpa-causal', { causal: true });
    check('sdpa-bool-mask', {});
    check('sdpa-float-mask', {});
    check('sdpa-gqa-scale', { scale: 0.5, groups: 3 });
  });
});

describe('Keras Attention and AdditiveAttention', () => {
  const args = { returnWeights: true };
  /** Zero rows where the query is masked, as Keras puts out. */
  const maskQueries = (read: Read, x: Tensor) => mul(x, expandDims(read('input.query_mask'), -1));

  /** additive attention whose weights are those of Keras: W₁ = W₂ = I. */
  const additive = (own: Own, read: Read, key: string, scoreKernel: Tensor) => {
    const layer = own(
      built(new AdditiveAttention({ units: 7, useBias: false, ...args }), read, ['query', key, 'value']),
    );
    layer.setWeights([eye(7), eye(7), scoreKernel]);
    return layer;
  };

  /** Takes a parameter of the case for another input, as it is one of what `run` computes. */
  const asInput = (golden: Golden, parameter: string): Golden => ({
    ...golden,
    read: (name) => golden.read(name.replace(`input.${parameter}`, `param.${parameter}`)),
  });

  onEveryBackend(() => {
    test('keras-attention-dot', () =>
      scoped((own) => {
        const golden = readGolden('keras-attention-dot');
        const layer = own(new DotProductAttention(args));
        const mask = golden.read('input.value_mask');
        checkGolden(golden, {
          inputs: ['query', 'key', 'value'],
          parameters: [],
          run: (...x) => {
            const [output, scores] = attend(layer, [...x, mask]);
            return { output, scores };
          },
        });
      }));

    test('keras-attention-dot-scale-causal', () =>
      scoped((own) => {
        const golden = readGolden('keras-attention-dot-scale-causal');
        const attention = new DotProductAttention({ ...args, useScale: true, causal: true });
        const layer = own(built(attention, golden.read, ['query', 'value']));
        const mask = golden.read('input.value_mask');
        checkGolden(golden, {
          inputs: ['query', 'value'],
          parameters: weights(layer, { scale: (read) => reshape(read('scale'), [1]) }),
          run: (query, value) => {
            const [output, scores] = attend(layer, [query, value, value, mask]);
            return { output: maskQueries(golden.read, output), scores };
          },
        });
      }));

    test('keras-additive-attention', () =>
      scoped((own) => {
        const golden = readGolden('keras-additive-attention');
        const layer = additive(own, golden.read, 'key', ones([7, 1]));
        const mask = golden.read('input.value_mask');
        checkGolden(golden, {
          inputs: ['query', 'key', 'value'],
          parameters: weights(layer, { score_kernel: (read) => reshape(read('scale'), [7, 1]) }),
          run: (...x) => {
            const [output, scores] = attend(layer, [...x, mask]);
            return { output, scores };
          },
        });
      }));

    test('keras-additive-attention-no-scale', () =>
      scoped((own) => {
        const golden = readGolden('keras-additive-attention-no-scale');
        const layer = additive(own, golden.read, 'value', ones([7, 1]));
        const mask = golden.read('input.value_mask');
        checkGolden(golden, {
          inputs: ['query', 'value'],
          parameters: [],
          run: (query, value) => {
            const [output, scores] = attend(layer, [query, value, value, mask]);
            return { output: maskQueries(golden.read, output), scores };
          },
        });
      }));

    /** The factor of the scores, a number there, is seven equal entries of a score kernel here. */
    const checkConcat = (
      name: string,
      inputs: string[],
      keyed: (...x: Tensor[]) => [query: Tensor, key: Tensor, value: Tensor],
    ) =>
      test(name, () =>
        scoped((own) => {
          const golden = asInput(readGolden(name), 'scale');
          const { read, probed } = golden;
          const layer = own(new AdditiveAttention({ units: 7, useBias: false, ...args }));
          const mask = name.endsWith('scale') ? read('input.value_mask') : undefined;
          const run = (...x: Tensor[]): Record<string, Tensor> => {
            const [output, scores] = attend(layer, [...keyed(...x), mask]);
            return { output, scores };
          };
          const given = inputs.map((each) => read(`input.${each}`));
          run(...given);
          layer.setWeights([eye(7), eye(7), mul(ones([7, 1]), read('param.concat_score_weight'))]);
          checkGolden(golden, { inputs, parameters: [], run });

          const loss = () => {
            const outputs = run(...given);
            return addN(probed.map((each) => sum(mul(outputs[each]!, read(`probe.${each}`)))));
          };
          const [gradient] = grads(loss)([weightOf(layer, 'score_kernel')]);
          expectSame([sum(gradient!)], [read('grad.param.concat_score_weight')], 1e-4);
        }),
      );
    checkConcat('keras-attention-concat', ['query', 'key', 'value'], (query, key, value) => [
      query!,
      key!,
      value!,
    ]);
    checkConcat('keras-attention-concat-scale', ['query', 'value', 'scale'], (query, value, scale) => [
      mul(query!, scale!),
      mul(value!, scale!),
      value!,
    ]);
  });
});

describe('Keras MultiHeadAttention', () => {
  const check = (
    name: string,
    make: () => HeadedAttention,
    inputs: string[],
    mask: (read: Read) => Tensor | undefined = () => undefined,
  ) =>
    test(name, () =>
      scoped((own) => {
        const golden = readGolden(name);
        const layer = own(built(make(), golden.read, inputs));
        const flat = (part: string) => (read: Read) => {
          const kernel = read(`${part}/kernel`);
          return reshape(
            kernel,
            part === 'attention_output' ? [-1, kernel.shape[2]!] : [kernel.shape[0]!, -1],
          );
        };
        const parts = { query: 'query', key: 'key', value: 'value', output: 'attention_output' };
        const parameters = Object.entries(parts).flatMap(([ours, theirs]) =>
          weights(layer, {
            [`${ours}_kernel`]: flat(theirs),
            ...(layer.getConfig().useBias && {
              [`${ours}_bias`]: (read: Read) => reshape(read(`${theirs}/bias`), [-1]),
            }),
          }),
        );
        checkGolden(golden, {
          inputs,
          parameters,
          run: (query, key, value) => {
            const [output, scores] = attend(layer, [query, key, value, mask(golden.read)]);
            return { output, scores };
          },
        });
      }),
    );
  const args = { numHeads: 2, keyDim: 5, returnWeights: true };

  onEveryBackend(() => {
    check('keras-mha', () => new MultiHeadAttention(args), ['query', 'key', 'value']);
    check('keras-mha-self-causal', () => new MultiHeadAttention({ ...args, causal: true }), ['query']);
    check(
      'keras-mha-value-dim-mask',
      () => new MultiHeadAttention({ ...args, keyDim: 3, valueDim: 5, outputDim: 7, useBias: false }),
      ['query', 'value'],
      (read) => read('input.attention_mask'),
    );
    check(
      'keras-grouped-query-attention',
      () => new GroupedQueryAttention({ ...args, numHeads: 4, keyDim: 4, numKeyValueHeads: 2 }),
      ['query', 'value'],
      (read) => read('input.attention_mask'),
    );
  });
});

describe('PyTorch MultiheadAttention', () => {
  const width = 16;
  interface Case {
    inputs: string[];
    mask?: (read: Read) => Tensor;
    bias?: boolean;
    /** Shapes are (L, B, D). */
    lengthFirst?: boolean;
    perHead?: boolean;
    /** Query, key and value have a parameter each. */
    separate?: boolean;
    /** What is added to the scores. */
    scores?: (read: Read) => Tensor;
    options?: Partial<MultiHeadAttentionArgs>;
    more?: Record<string, Parameter['value']>;
  }
  const check = (
    name: string,
    { inputs, mask, bias = true, lengthFirst, perHead, separate, scores, options, more = {} }: Case,
  ) =>
    test(name, () =>
      scoped((own) => {
        const golden = readGolden(name);
        const layer = own(
          new MultiHeadAttention({ numHeads: 4, useBias: bias, returnWeights: true, ...options }),
        );
        built(layer, golden.read, inputs);
        const kernel = (part: string, i: number) => (read: Read) =>
          transpose(
            separate
              ? read(`${part[0]}_proj_weight`)
              : slice(read('in_proj_weight'), [i * width, 0], [width, width]),
          );
        const parameters = ['query', 'key', 'value'].flatMap((part, i) =>
          weights(layer, {
            [`${part}_kernel`]: kernel(part, i),
            ...(bias && {
              [`${part}_bias`]: (read: Read) => slice(read('in_proj_bias'), [i * width], [width]),
            }),
          }),
        );
        const output = weights(layer, {
          output_kernel: (read) => transpose(read('out_proj.weight')),
          ...(bias && { output_bias: (read: Read) => read('out_proj.bias') }),
          ...more,
        });
        const turn = (x: Tensor) => (lengthFirst ? transpose(x, [1, 0, 2]) : x);
        checkGolden(golden, {
          inputs,
          parameters: [...parameters, ...output],
          run: (...x) => {
            const [query, key, value] = x.map(turn);
            const inputs = [query, key, value, mask?.(golden.read), scores?.(golden.read)];
            const [context, heads] = attend(layer, inputs);
            return {
              output: turn(context),
              ...(golden.probed.includes('weights') && { weights: perHead ? heads : mean(heads, 1) }),
            };
          },
        });
      }),
    );

  onEveryBackend(() => {
    check('mha-self', { inputs: ['x'] });
    check('mha-self-no-weights', { inputs: ['x'], bias: false, lengthFirst: true });
    check('mha-bool-mask', {
      inputs: ['x'],
      lengthFirst: true,
      mask: (read) => expandDims(unpadded(read, 'attn_mask'), 0),
    });
    check('mha-padding-per-head', {
      inputs: ['x'],
      perHead: true,
      mask: (read) => unpadded(read, 'key_padding_mask'),
    });
    check('mha-cross-kdim-vdim', {
      inputs: ['query', 'key', 'value'],
      perHead: true,
      separate: true,
      mask: (read) => unpadded(read, 'key_padding_mask'),
    });
    check('mha-float-mask', {
      inputs: ['query', 'memory'],
      scores: (read) => expandDims(read('input.attn_mask'), 0),
    });
    check('mha-float-mask-3d', {
      inputs: ['query', 'memory'],
      perHead: true,
      scores: (read) => {
        const mask = read('input.attn_mask');
        return reshape(mask, [-1, 4, ...mask.shape.slice(1)]);
      },
    });
    const heads = (name: string) => (read: Read) => reshape(read(name), [1, 4, 1, 4]);
    check('mha-bias-kv-zero-attn', {
      inputs: ['x'],
      options: { addBiasKv: true, addZeroAttn: true },
      more: { bias_k: heads('bias_k'), bias_v: heads('bias_v') },
    });
  });
});
