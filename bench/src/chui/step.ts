import { type Attention, crossEntropy, multiHeadAttention } from '@chui/layers';
import { RnnSeq2Seq } from '@chui/models';
import { adamW, type JitOptions, jit, randomNormal } from '@chui/runtime';
import {
  mean,
  mul,
  randomUniformInt,
  type Scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { AttentionSizes, EncoderSizes, Seq2SeqSizes, Task } from '../works.js';
import { CLASSES, Classifier } from './classifier.js';
import { MaskedLm } from './masked_lm.js';

/** What is timed. */
export interface Step {
  /** How many numbers the model's parameters are. */
  readonly parameters: number;
  /** Makes one step, to its end, and returns its loss. */
  run(): number;
}

/** Ids that no model takes for special ones. */
const FIRST_ID = 4;

type Loss = (inputs: Tensor, labels: Tensor) => Scalar;

const randomIds = (shape: number[], end: number, { seed, first = 0 }: { seed: number; first?: number }) =>
  randomUniformInt(shape, first, end, seed);

/** The step of a task on the backend that is in use. */
export function makeStep(task: Task, options: JitOptions): Step {
  if (task.model === 'seq2seq') return seq2seqStep(task, options);
  return task.model === 'attention' ? attentionStep(task.sizes, options) : encoderStep(task, options);
}

function encoderStep(task: Extract<Task, { sizes: EncoderSizes }>, options: JitOptions): Step {
  const { model: kind, training, sizes } = task;
  const { batch, length, vocabulary } = sizes;
  const ids = randomIds([batch, length], vocabulary, { seed: 1 });
  const [model, labels] =
    kind === 'classifier'
      ? [new Classifier(sizes), randomIds([batch], CLASSES, { seed: 2 })]
      : [new MaskedLm(sizes), randomIds([batch, length], vocabulary, { seed: 2 })];
  const loss: Loss = (ids, labels) => crossEntropy(model.logits(ids, { training }), labels);
  const compiled = training ? update(loss, model.variables, options) : jit(loss, options);
  return step(model.variables, () => compiled(ids, labels));
}

function seq2seqStep({ sizes }: Extract<Task, { model: 'seq2seq' }>, options: JitOptions): Step {
  const { vocabulary, batch, sourceLength, targetLength } = sizes;
  const model = seq2seqModel(sizes);
  const inputIds = randomIds([batch, sourceLength], vocabulary, { seed: 1, first: FIRST_ID });
  const labels = randomIds([batch, targetLength], vocabulary, { seed: 2, first: FIRST_ID });
  const loss: Loss = (inputIds, labels) => model.forward({ inputIds, labels }, { training: true }).loss!;
  const variables = model.trainableVariables();
  const compiled = update(loss, variables, options);
  return step(variables, () => compiled(inputIds, labels));
}

/** Forward and backward of an attention alone: gradients of what it reads and of its weights, for a loss that costs nothing. */
function attentionStep({ width, heads, batch, length }: AttentionSizes, options: JitOptions): Step {
  const layer = multiHeadAttention({ numHeads: heads });
  const x = variable(randomNormal([batch, length, width]));
  tidy(() => layer.attend({ query: x }));
  return attentionStepOf(layer, x, options);
}

/** The same for any attention, of a sequence to itself. */
export function attentionStepOf(layer: Attention, x: Variable, options: JitOptions): Step {
  const probe = randomNormal(x.shape);
  const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
  const compiled = jit(() => {
    const loss = () => mean(mul(layer.attend({ query: x }) as Tensor, probe)) as Scalar;
    const { value, grads } = variableGrads(loss, [x, ...variables]);
    return [value, ...Object.values(grads)];
  }, options);
  return step(variables, () => compiled()[0] as Scalar);
}

/** An LSTM encoder-decoder with the attention and the decoder that are its defaults. */
const seq2seqModel = ({ vocabulary, width, dropout }: Seq2SeqSizes): RnnSeq2Seq =>
  RnnSeq2Seq.fromConfig(
    {
      vocabSize: vocabulary,
      decoderVocabSize: vocabulary,
      embeddingSize: width,
      hiddenSize: width,
      dropout,
    },
    { seed: 1 },
  );

/** The loss, and all that a training step does besides. */
function update(loss: Loss, variables: readonly Variable[], options: JitOptions): Loss {
  const optimizer = adamW({ learningRate: 1e-4, weightDecay: 0.01, clipNorm: 1 });
  return jit<Loss>(
    (inputs, labels) => optimizer.minimize(() => loss(inputs, labels), true, [...variables])!,
    options,
  );
}

function step(variables: readonly Variable[], run: () => Scalar): Step {
  const parameters = variables.reduce((sum, { size }) => sum + size, 0);
  return { parameters, run: () => tidy(() => run().dataSync()[0]!) };
}
