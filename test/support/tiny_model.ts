import { crossEntropy } from '@chui/layers';
import type { Example, TrainableModel } from '@chui/training';
import {
  add,
  equal,
  gather,
  mean,
  mul,
  type Rank,
  reshape,
  type Scalar,
  slice,
  type Tensor2D,
  tensor2d,
  tidy,
  type Variable,
  variable,
  where,
} from '@tensorflow/tfjs-core';
import { randomStream } from '../../packages/training/src/random.js';

const VOCABULARY = 7;

type Inputs = Record<'inputIds' | 'decoderInputIds' | 'labels', Tensor2D>;

/** Says each next token from the last one and the source's first: as small as a model can be. */
export class TinyModel implements TrainableModel {
  readonly config = { padTokenId: 0, decoderStartTokenId: 2 };
  readonly last: Variable<Rank.R2>;
  readonly first: Variable<Rank.R2>;
  calls = 0;
  /** Which call of `forward` gives NaN. */
  badCall = 0;
  /** Id of a source token that makes a loss NaN. */
  readonly badToken = 1;

  constructor() {
    const random = randomStream(42);
    const table = () =>
      tidy(() => {
        const values = Float32Array.from({ length: VOCABULARY ** 2 }, () => random() - 0.5);
        return variable(tensor2d(values, [VOCABULARY, VOCABULARY]));
      });
    this.last = table();
    this.first = table();
  }

  forward({ inputIds, decoderInputIds, labels }: Inputs, options: { labelSmoothing?: number }) {
    this.calls++;
    return tidy(() => {
      const [size, length] = decoderInputIds.shape;
      const first = gather(this.first, reshape(slice(inputIds, [0, 0], [size, 1]), [size])); // (B, V)
      const last = gather(this.last, reshape(decoderInputIds, [size * length])); // (B·T, V)
      const logits = add(reshape(last, [size, length, VOCABULARY]), reshape(first, [size, 1, VOCABULARY]));
      const loss = crossEntropy(logits, labels, options);
      const bad = where(equal(inputIds, this.badToken), Number.NaN, 1);
      return { logits, loss: mul(loss, this.calls === this.badCall ? Number.NaN : mean(bad)) as Scalar };
    });
  }

  namedParameters(): [string, Variable][] {
    return [
      ['decoder.last', this.last],
      ['encoder.first', this.first],
    ];
  }

  trainableVariables(): Variable[] {
    return [this.last, this.first];
  }

  dispose(): void {
    this.last.dispose();
    this.first.dispose();
  }
}

/** Sources of one to nine tokens; the target says the first one, then the end. */
export function tinyExamples(count: number): Example[] {
  const random = randomStream(7);
  return Array.from({ length: count }, () => {
    const inputIds = Array.from({ length: 1 + Math.floor(9 * random()) }, () => 4 + Math.floor(3 * random()));
    return { inputIds, labels: [inputIds[0]!, 3] };
  });
}
