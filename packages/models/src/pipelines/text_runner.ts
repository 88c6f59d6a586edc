import { jit } from '@chui/runtime';
import type { EncodeOptions, Encoding, TextOrWords, Tokenizer } from '@chui/tokenizer';
import { dispose, type Tensor, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { DecoderModel } from '../decoder/decoder_model.js';
import { paddedRows, planBatches, powerOfTwoFrom, type TextBatch } from '../encoder/batches.js';
import type { EncoderModel } from '../encoder/encoder_model.js';

/** A model that reads texts, of any architecture and any head. */
// biome-ignore lint/suspicious/noExplicitAny: each has inputs and outputs of its own
export type TextModel = EncoderModel<any, any, any> | DecoderModel<any, any, any>;

/** A batch: (B, T) each. */
export interface RunnerBatch {
  inputIds: Tensor2D;
  attentionMask: Tensor2D;
  tokenTypeIds?: Tensor2D;
  /** (B, M), the columns for which results are wanted, where a call asks for some. */
  slots?: Tensor2D;
}

/** The part of a result that is one text's. */
export interface Row {
  data: Float32Array;
  /** That of the result but for the first axis. */
  shape: number[];
}

/** How encodings are run. */
export interface RunOptions {
  batchSize: number;
  /** The columns of each encoding for which results are wanted. */
  slots?: readonly (readonly number[])[] | undefined;
}

/** How texts are encoded: see `EncodeOptions`. */
export interface EncodeRequest extends Pick<EncodeOptions, 'truncation' | 'stride' | 'isSplitIntoWords'> {
  pair?: string | undefined;
  /** Default: what the model takes. */
  maxLength?: number | undefined;
}

/**
 * Runs a model over texts of any lengths: those of like length together, padded to one of few shapes, which are compiled
 * once each (see `jit`), and read back without blocking.
 */
export class TextRunner<Name extends string> {
  /** Tokens that a text may have: the positions that the model has, and no more than its tokenizer says. */
  readonly maxLength: number;
  private readonly vocabSize: number;
  private readonly hasSegments: boolean;
  private readonly padTokenId: number;
  private readonly step;

  /** @param compute what is wanted of a batch: one row of each result for each of its rows */
  constructor(
    model: TextModel,
    readonly tokenizer: Tokenizer,
    compute: (batch: RunnerBatch) => Record<Name, Tensor>,
  ) {
    const { sizes } = model;
    const { vocabSize } = sizes;
    this.maxLength = Math.min(model.maxTokens, tokenizer.modelMaxLength ?? model.maxTokens);
    this.padTokenId = model.config.padTokenId ?? 0;
    this.hasSegments = 'segments' in sizes && sizes.segments > 1;
    this.vocabSize = vocabSize;
    this.step = jit((batch: RunnerBatch) => tidy(() => compute(batch)));
  }

  /**
   * A text, or a pair, as the model reads it, not padded whatever the tokenizer's file says. Default: cut to `maxLength`.
   *
   * @throws RangeError if it is too long and not to be cut
   */
  encode(text: TextOrWords, request: EncodeRequest = {}): Encoding {
    const { truncation = true, stride = 0, maxLength = this.maxLength, ...rest } = request;
    const encoding = this.tokenizer.encode(text, {
      ...rest,
      ...{ padding: false, truncation: truncation === true ? 'longest_first' : truncation },
      ...(truncation !== false && { maxLength, stride }),
    });
    if (encoding.length > this.maxLength) {
      throw new RangeError(
        `a text must have at most ${this.maxLength} tokens, special ones included, but has ${encoding.length}`,
      );
    }
    return encoding;
  }

  /** The row of each result for each encoding, in their order, with those of the padding behind. */
  async run(encodings: readonly Encoding[], { batchSize, slots }: RunOptions): Promise<Record<Name, Row>[]> {
    const rows = encodings.map(() => ({}) as Record<Name, Row>);
    const lengths = encodings.map(({ length }) => length);
    for (const plan of planBatches(lengths, batchSize, this.maxLength)) {
      const batch = this.batchOf(encodings, plan, slots);
      let results: Record<Name, Tensor> | undefined;
      try {
        results = this.step(batch);
        for (const [name, tensor] of Object.entries(results) as [Name, Tensor][]) {
          const data = await tensor.data<'float32'>();
          const size = data.length / plan.shape[0];
          plan.places.forEach((place, i) => {
            rows[place]![name] = {
              data: data.subarray(i * size, (i + 1) * size),
              shape: tensor.shape.slice(1),
            };
          });
        }
      } finally {
        dispose([batch, results] as never);
      }
    }
    return rows;
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.step.dispose();
  }

  private batchOf(
    all: readonly Encoding[],
    { places, shape }: TextBatch,
    slots: readonly (readonly number[])[] | undefined,
  ): RunnerBatch {
    const encodings = places.map((place) => all[place]!);
    const unknown = encodings.flatMap(({ ids }) => ids).find((id) => id >= this.vocabSize);
    if (unknown !== undefined) {
      throw new RangeError(
        `the tokenizer must give ids below the model's vocabSize ${this.vocabSize}, but gave ${unknown}`,
      );
    }
    const matrix = (rows: readonly (readonly number[])[], columns: number, filling = 0) =>
      tensor2d(paddedRows(rows, [shape[0], columns], filling), [shape[0], columns], 'int32');
    const rowsOf = (name: 'ids' | 'attentionMask' | 'typeIds') => encodings.map((encoding) => encoding[name]);
    const wanted = slots && places.map((place) => slots[place]!);
    return {
      inputIds: matrix(rowsOf('ids'), shape[1], this.padTokenId),
      attentionMask: matrix(rowsOf('attentionMask'), shape[1]),
      ...(this.hasSegments && { tokenTypeIds: matrix(rowsOf('typeIds'), shape[1]) }),
      ...(wanted && { slots: matrix(wanted, powerOfTwoFrom(Math.max(...wanted.map((row) => row.length)))) }),
    };
  }
}
