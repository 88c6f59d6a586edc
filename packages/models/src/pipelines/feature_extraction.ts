import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { AutoModel } from '../auto/auto_models.js';
import type { BaseModel } from '../auto/model_kinds.js';
import { BaseDecoder } from '../decoder/base_decoder.js';
import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import { unitLength } from '../sentence_transformer/normalize.js';
import { Pooling } from '../sentence_transformer/pooling.js';
import {
  checkText,
  choice,
  commonOptions,
  flag,
  oneOrMany,
  type PipelineBase,
  type TaskDefinition,
} from './pipeline_task.js';
import { TextRunner } from './text_runner.js';

/** The features of a text, without padding, as `tensor(data, dims)` takes them. */
export interface Features {
  /** Row by row. */
  data: Float32Array;
  /** [D] of a vector, [T, D] without pooling: one row for each token, special ones included. */
  dims: number[];
}

const schema = z.object({
  ...commonOptions,
  /** How the rows of a text become one: their mean, or that of the first token. Default `none`: they do not. */
  pooling: choice(['none', 'mean', 'cls']).default('none'),
  /** Whether each vector is divided by its length. Default false. */
  normalize: flag.default(false),
  /** Whether texts that are too long are cut; else they are an error. Default true. */
  truncation: flag.default(true),
});

type PoolingChoice = z.output<typeof schema>['pooling'];

/** Options of a call, and of the pipeline. */
export type FeatureExtractionOptions = z.input<typeof schema>;

/** Gives the states of the last layer for texts: with `pooling` and `normalize` the vectors of sentence-transformers. */
export interface FeatureExtractionPipeline extends PipelineBase<BaseModel> {
  (text: string, options?: FeatureExtractionOptions): Promise<Features>;
  (texts: readonly string[], options?: FeatureExtractionOptions): Promise<Features[]>;
}

/** @see FeatureExtractionPipeline in Hugging Face's library; Pooling and Normalize in sentence-transformers */
export const featureExtraction: TaskDefinition<BaseModel, typeof schema> = {
  task: 'feature-extraction',
  kinds: [BaseEncoder, BaseDecoder],
  auto: AutoModel,
  schema,
  make(model, tokenizer) {
    // One for each way, as each is another computation to compile.
    const runners = new Map<string, TextRunner<'features'>>();
    const runnerFor = (pooling: PoolingChoice, normalize: boolean) => {
      const key = `${pooling} ${normalize}`;
      const known = runners.get(key);
      if (known) return known;
      const runner = new TextRunner(model, tokenizer, (batch) => {
        const { lastHiddenState } = model.forward(batch);
        const features =
          pooling === 'none'
            ? lastHiddenState
            : new Pooling([pooling]).apply(lastHiddenState, batch.attentionMask);
        return { features: normalize ? unitLength<Tensor>(features) : features };
      });
      runners.set(key, runner);
      return runner;
    };
    return {
      async run(input, { pooling, normalize, truncation, batchSize }) {
        const runner = runnerFor(pooling, normalize);
        const extract = async (texts: readonly string[]): Promise<Features[]> => {
          const encodings = texts.map((text) => runner.encode(checkText('text', text), { truncation }));
          const rows = await runner.run(encodings, { batchSize });
          return rows.map(({ features: { data, shape } }, i) => {
            const width = shape.at(-1)!;
            const dims = pooling === 'none' ? [encodings[i]!.length, width] : [width];
            const size = dims.reduce((product, side) => product * side);
            return { data: data.slice(0, size), dims };
          });
        };
        return oneOrMany(input as string | string[], extract);
      },
      dispose: () => {
        for (const runner of runners.values()) runner.dispose();
      },
    };
  },
};
