import {
  type AdaptiveSpan,
  type Attention,
  adaptiveSpan,
  crossEntropy,
  type EarlyExit,
  type EncoderBlock,
  earlyExit,
  encoderBlock,
  type HeadGatedAttention,
  headGatedAttention,
  type Layer,
  layerDrop,
  linear,
  MultiHeadAttention,
  type MultiHeadAttentionArgs,
  multiHeadAttention,
  staticMixing,
  staticMixingRank,
} from '@chui/layers';
import { setSeed } from '@chui/runtime';
import {
  addN,
  argMax,
  cast,
  equal,
  mean,
  mul,
  type Scalar,
  slice,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import {
  type AdaptiveRecipe,
  CharacterModel,
  type Extras,
  type LossOf,
  parted,
  type Sequences,
} from './character_model.js';
import type { CharacterText } from './character_text.js';
import { LookUps } from './look_ups.js';

/** One line of the results. */
export interface AdaptiveRow {
  readonly what: string;
  /** What is pruned or skipped. */
  readonly left: string;
  readonly parameters: number;
  readonly bitsPerCharacter: number;
}

/** One line of what is looked up. */
export interface LookUpRow {
  readonly what: string;
  readonly parameters: number;
  /** Share of sequences whose last value is right. */
  readonly right: number;
}

/** Attention that adapts, part by part: what is left out, and what it costs. */
export interface AdaptiveResults {
  readonly mixing: readonly AdaptiveRow[];
  readonly lookUps: readonly LookUpRow[];
  readonly heads: readonly AdaptiveRow[];
  readonly spans: readonly AdaptiveRow[];
  readonly layers: readonly AdaptiveRow[];
  readonly exits: readonly AdaptiveRow[];
}

export const adaptiveRecipe: AdaptiveRecipe = {
  width: 96,
  heads: 4,
  layers: 4,
  length: 96,
  batchSize: 32,
  steps: 2000,
  learningRate: 2e-3,
  seed: 1,
};

/** Weights of the penalties, in nats: of an open head, and of a slot of the mean span. */
const [headPenalty, spanPenalty] = [0.01, 0.0005];
const layerDropRate = 0.2;
const exitConfidences = [0.3, 0.5, 0.7, 0.9, 1.1];
/** Windows whose next character is read with early exit, and sequences of look-ups that are kept aside. */
const [exitWindows, devLookUps] = [1024, 1024];
/** Items of a sequence to look up in. */
const lookUpItems = 8;

/** Says what is being trained, and how far it is. */
export type Say = (what: string, progress: { step: number; steps: number; loss: number }) => void;

/** Trains character models of one size, each with another kind of adaptive attention, and measures them. */
export function runAdaptiveRecipe(
  text: CharacterText,
  recipe: AdaptiveRecipe = adaptiveRecipe,
  say: Say = () => {},
): AdaptiveResults {
  const lookUps = new LookUps(lookUpItems);
  const lab = new Lab(text, recipe, say);
  const lookUpLab = new Lab(
    lookUps,
    { ...recipe, length: lookUps.length - 1, steps: Math.ceil(recipe.steps / 2) },
    say,
  );
  return lab.with(
    'attention',
    () => lab.block(),
    (plain) => {
      lab.train('attention', plain);
      const whole = lab.row('attention', 'nothing', plain);
      return {
        mixing: [whole, lab.mixing()],
        lookUps: lookUpLab.lookUps(),
        heads: [whole, ...lab.heads()],
        spans: [whole, lab.spans()],
        layers: lab.layers(plain),
        exits: lab.exits(),
      };
    },
  );
}

class Lab {
  constructor(
    private readonly text: Sequences,
    private readonly recipe: AdaptiveRecipe,
    private readonly say: Say,
  ) {}

  /** Makes a model of blocks, by the same seed as any other, and disposes it afterwards. */
  with<R>(
    what: string,
    block: (index: number) => Layer,
    body: (model: CharacterModel) => R,
    count = this.recipe.layers,
  ): R {
    setSeed(this.recipe.seed);
    const blocks = Array.from({ length: count }, (_, i) => block(i));
    const model = new CharacterModel(this.recipe, this.text, blocks);
    this.say(what, { step: 0, steps: this.recipe.steps, loss: Number.NaN });
    try {
      return body(model);
    } finally {
      model.dispose();
    }
  }

  /** A causal block with pre-norms, of multi-head attention or another. */
  block(attention?: Attention): EncoderBlock {
    const { heads, width } = this.recipe;
    const parts = attention ? { attention } : { numHeads: heads, causal: true };
    return encoderBlock({ ...parts, hiddenDim: 4 * width, activation: 'gelu', norm: 'pre' });
  }

  train(what: string, model: CharacterModel, extras: Extras = {}, lossOf?: LossOf): void {
    const { steps } = this.recipe;
    model.train({ ...extras, onStep: (step, loss) => this.say(what, { step, steps, loss }) }, lossOf);
  }

  row(what: string, left: string, model: CharacterModel, blocks = model.blocks): AdaptiveRow {
    const unused = model.blocks.filter((block) => !blocks.includes(block));
    const parameters = model.parameters - unused.reduce((sum, block) => sum + block.countParams(), 0);
    return { what, left, parameters, bitsPerCharacter: model.bitsPerCharacter(blocks) };
  }

  /** Fixed learned weights of as many parameters as those of attention have. */
  private staticMixing(): Attention {
    const { width, heads, length } = this.recipe;
    const rank = staticMixingRank({ dim: width, numHeads: heads, maxLength: length });
    return staticMixing({ numHeads: heads, maxLength: length, rank, causal: true });
  }

  /** What attention, and fixed weights in its place, say is asked for; they learn from the last number alone. */
  lookUps(): LookUpRow[] {
    const last = (of: Tensor) => {
      const [count, length, ...rest] = of.shape as [number, number, ...number[]];
      return slice(of, [0, length - 1], [count, 1, ...rest]);
    };
    const lossOf = (model: CharacterModel) => (windows: Tensor, options: { training?: boolean }) => {
      const { inputs, labels } = parted(windows);
      return crossEntropy(last(model.logits(inputs, options)), last(labels));
    };
    const kinds = { attention: () => undefined, 'static mixing': () => this.staticMixing() };
    return Object.entries(kinds).map(([kind, attention]) =>
      this.with(
        `look-ups by ${kind}`,
        () => this.block(attention()),
        (model): LookUpRow => {
          this.train(`look-ups by ${kind}`, model, {}, lossOf(model));
          const right = tidy(() => {
            const { inputs, labels } = parted(this.text.devWindows(devLookUps, this.recipe.length + 1));
            const said = argMax(last(model.logits(inputs)), -1);
            return mean(cast(equal(said, last(labels)), 'float32')).dataSync()[0]!;
          });
          return { what: kind, parameters: model.parameters, right };
        },
      ),
    );
  }

  /** Fixed weights in the place of attention. */
  mixing(): AdaptiveRow {
    return this.with(
      'static mixing',
      () => this.block(this.staticMixing()),
      (model) => {
        this.train('static mixing', model);
        return this.row('static mixing', 'weights that depend on the text', model);
      },
    );
  }

  /** Gates of heads, and the same model without those that closed. */
  heads(): AdaptiveRow[] {
    const gated = () => headGatedAttention({ numHeads: this.recipe.heads, causal: true });
    return this.with(
      'head gates',
      () => this.block(gated()),
      (model) => {
        const attentions = model.blocks.map(
          (block) => (block as EncoderBlock).selfAttention as HeadGatedAttention,
        );
        const gates = attentions.map(
          ({ weights }) =>
            weights.find(({ originalName }) => originalName.endsWith('/gate_logits'))!.read() as Variable,
        );
        const penalty = () => mul(addN(attentions.map((each) => each.penalty())), headPenalty) as Scalar;
        this.train('head gates', model, { penalty, quick: { variables: gates, learningRate: 0.05 } });
        const open = attentions.map(
          (each) => tidy(() => each.gates().dataSync()).filter((gate) => gate > 0).length,
        );
        const told = `heads left of ${this.recipe.heads} in each block: ${open.join(', ')}`;
        const pruned = attentions.map((each) => each.pruned());
        const without = this.with(
          'pruned heads',
          (i) =>
            this.block(new MultiHeadAttention(pruned[i]!.getConfig() as unknown as MultiHeadAttentionArgs)),
          (smaller) => {
            for (const [i, layer] of smaller.layers.entries()) copyWeights(model.layers[i]!, layer);
            for (const [i, block] of smaller.blocks.entries()) {
              (block as EncoderBlock).selfAttention.setWeights(pruned[i]!.getWeights());
            }
            return this.row('without those heads', told, smaller);
          },
        );
        for (const each of pruned) each.dispose();
        return [this.row('head gates', told, model), without];
      },
    );
  }

  /** Spans that heads learn. */
  spans(): AdaptiveRow {
    const { heads, length } = this.recipe;
    const positions = () => adaptiveSpan({ maxSpan: length, ramp: 16, firstSpan: 0.5 });
    const attention = () => multiHeadAttention({ numHeads: heads, causal: true, positions: positions() });
    return this.with(
      'adaptive spans',
      () => this.block(attention()),
      (model) => {
        const spans = model.blocks.map(
          (block) => ((block as EncoderBlock).selfAttention as MultiHeadAttention).positions as AdaptiveSpan,
        );
        const penalty = () => mul(addN(spans.map((each) => each.penalty())), spanPenalty) as Scalar;
        this.train('adaptive spans', model, { penalty });
        const reach = spans.map((each) =>
          tidy(() => Array.from(each.spans().dataSync(), (span) => Math.min(Math.round(span), length))),
        );
        const told = reach.map((each) => each.join(' ')).join(' / ');
        return this.row('adaptive spans', `what is further than, head by head of each block: ${told}`, model);
      },
    );
  }

  /** Every other block left out, of a model that was trained with LayerDrop and of one that was not. */
  layers(plain: CharacterModel): AdaptiveRow[] {
    const half = (model: CharacterModel) => model.blocks.filter((_, i) => i % 2 === 0);
    const block = () => layerDrop({ layer: this.block(), rate: layerDropRate });
    return this.with('LayerDrop', block, (model) => {
      this.train('LayerDrop', model);
      return [
        this.row('attention', 'nothing', plain),
        this.row('attention', 'every other block', plain, half(plain)),
        this.row('LayerDrop', 'nothing', model),
        this.row('LayerDrop', 'every other block', model, half(model)),
      ];
    });
  }

  /** Characters whose reading leaves the stack where a head is sure of what follows. */
  exits(): AdaptiveRow[] {
    const { layers, length } = this.recipe;
    const { vocabSize } = this.text;
    const parts = (make: () => Layer) => Array.from({ length: layers }, make);
    const stack = () =>
      earlyExit({ blocks: parts(() => this.block()), heads: parts(() => linear({ units: vocabSize })) });
    const body = (model: CharacterModel) => {
      const [exit] = model.blocks as [EarlyExit];
      const lossOf = (windows: Tensor, options: { training?: boolean }) => {
        const { inputs, labels } = parted(windows);
        const logits = exit.call(model.embed(inputs), options);
        return mul(addN(logits.map((each) => crossEntropy(each, labels))), 1 / layers) as Scalar;
      };
      this.train('early exit', model, {}, lossOf);
      const windows = this.text.devWindows(exitWindows, length + 1);
      const { inputs, labels } = parted(windows);
      const states = model.embed(inputs);
      const last = slice(labels, [0, length - 1], [-1, 1]);
      const rows = exitConfidences.map((confidence): AdaptiveRow => {
        const { logits, blocks } = exit.exit(states, { confidence, places: 'last' });
        const loss = tidy(() => {
          const next = slice(logits, [0, length - 1, 0], [-1, 1, -1]);
          return crossEntropy(next, last).dataSync()[0]!;
        });
        logits.dispose();
        const mean = blocks.reduce((sum, each) => sum + each, 0) / blocks.length;
        return {
          what: confidence > 1 ? 'no early exit' : `exit when ${Math.round(confidence * 100)} % sure`,
          left: `${mean.toFixed(2)} of ${layers} blocks on average`,
          parameters: model.parameters,
          bitsPerCharacter: loss / Math.LN2,
        };
      });
      for (const each of [windows, inputs, labels, states, last]) each.dispose();
      return rows;
    };
    return this.with('early exit', stack, body, 1);
  }
}

/** Gives a layer what another has by the same names and of the same shapes. */
function copyWeights(from: Layer, to: Layer): void {
  const nameOf = ({ originalName }: { originalName: string }) => originalName.split('/').slice(1).join('/');
  for (const weight of to.weights) {
    const same = from.weights.find((each) => nameOf(each) === nameOf(weight));
    if (same && String(same.shape) === String(weight.shape)) weight.write(same.read());
  }
}
