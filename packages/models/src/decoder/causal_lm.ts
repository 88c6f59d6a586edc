import type { ModelFiles } from '@chui/hub';
import { crossEntropy, Linear } from '@chui/layers';
import { concat, fill, type Scalar, slice, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { SaveOptions } from '../checkpoint.js';
import { isGiven } from '../family/inputs.js';
import { classLabels, type Labels } from '../family/labels.js';
import {
  type AttentionMap,
  type GenerationConfig,
  type GenerationOutput,
  generationConfig,
} from '../generation/config.js';
import { Decoding, type Prompts } from '../generation/decoding.js';
import { generationConfigFile, readGenerationConfig, withDefaults } from '../generation/saved_config.js';
import { outputOf, search, steps } from '../generation/search.js';
import { sequenceOf } from '../generation/token_search.js';
import { checkKnownKeys } from '../known_keys.js';
import { apply, type Value } from '../wiring.js';
import { CausalDecoding } from './causal_decoding.js';
import {
  type DecoderForwardOptions,
  type DecoderInputs,
  DecoderModel,
  type DecoderOutput,
} from './decoder_model.js';
import type { DecoderConfig } from './family.js';
import { attentionsOf, generationMeans } from './generation_means.js';
import { type PromptInputs, promptsOf } from './prompts.js';

/** Tokens that are chosen unless the caller says how many, as in Hugging Face's text-generation pipeline. */
const NEW_TOKENS = 256;

export interface CausalLMInputs extends DecoderInputs {
  /** (B, T), the ids themselves: position t is scored by what stands at t + 1; −100 is left out of the loss. */
  labels?: Labels | undefined;
  /**
   * (B, T), in the place of labels: what stands at t + 1, so that the last position counts too. It is transformers' `shift_labels`.
   */
  shiftLabels?: Labels | undefined;
}

export interface CausalLMOutput extends DecoderOutput {
  /** (B, T, V), of what comes after each position. */
  logits: Tensor3D;
}

/** A decoder that says what comes next. */
export abstract class CausalLM<C extends DecoderConfig = DecoderConfig> extends DecoderModel<
  C,
  CausalLMInputs,
  CausalLMOutput
> {
  protected override readonly labelNames = ['documentIds', 'labels', 'shiftLabels'];
  declare private head: layers.Layer;
  private decoding: CausalDecoding | undefined;

  private otherGenerationKeys: Readonly<Record<string, unknown>> = {};
  /** How `generate` decodes unless its caller says otherwise: what generation_config.json says of a model that was loaded. */
  generationConfig: GenerationConfig = {};

  protected override makeHead(): layers.Layer[] {
    const { tied, vocabSize: units } = this.sizes;
    this.head = tied ? this.decoder.tokens : new Linear({ name: 'lm_head', units, useBias: false });
    return tied ? [] : [this.head];
  }

  protected override wireHead<V extends Value>(states: V): Record<string, V> {
    return { logits: apply(this.head, states) };
  }

  protected override lossOf(
    { labels, shiftLabels }: CausalLMInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: DecoderForwardOptions,
  ): Scalar | undefined {
    const [batch, length, classes] = logits!.shape as [number, number, number];
    const read = (name: string, given: Labels) => classLabels(name, given, [batch, length], { classes });
    if (isGiven(shiftLabels)) {
      if (isGiven(labels)) throw new RangeError('labels must be left out with shiftLabels, but are given');
      return crossEntropy(logits!, read('shiftLabels', shiftLabels), { labelSmoothing });
    }
    if (!isGiven(labels)) return undefined;
    const ids = read('labels', labels);
    const next = concat([slice(ids, [0, 1], [batch, length - 1]), fill([batch, 1], -100, 'int32')], 1);
    return crossEntropy(logits!, next, { labelSmoothing });
  }

  /**
   * Goes on from prompts: greedily, by sampling, or with a beam.
   *
   * @returns ids, `numReturnSequences` lists for each prompt, which they begin with; a `GenerationOutput` with
   *   `returnDictInGenerate`
   * @throws RangeError naming the option or the argument, the rule and the value; Error if the model gives NaN
   */
  async generate(
    inputs: PromptInputs,
    config: GenerationConfig & { returnDictInGenerate: true },
  ): Promise<GenerationOutput>;
  async generate(inputs: PromptInputs, config?: GenerationConfig): Promise<number[][]>;
  async generate(
    inputs: PromptInputs,
    config: GenerationConfig = {},
  ): Promise<number[][] | GenerationOutput> {
    const { prompts, options } = await this.checked(inputs, config);
    const means = await generationMeans(this, this.stepper, prompts, options);
    try {
      const found = await search(means, prompts.prefixes, options);
      const output = outputOf(found, options);
      const times = output.sequences.length / prompts.prefixes.length;
      const promptOf = (i: number) => Math.floor(i / times);
      const sequences = output.sequences.map((ids, i) => ids.slice(prompts.added[promptOf(i)]));
      if (!options.returnDictInGenerate) return sequences;
      if (!options.outputAttentions) return { ...output, sequences };
      const texts = output.sequences.map((ids, i) => ids.slice(prompts.prefixes[promptOf(i)]!.padding));
      const attentions: AttentionMap[][] = [];
      for (const ids of texts) attentions.push(await attentionsOf(this, ids));
      return { ...output, sequences, attentions };
    } finally {
      means.dispose();
    }
  }

  /**
   * The same token by token: for each step the ids that were chosen, one for each prompt, or undefined where a text has ended.
   * Leaving the loop ends the generation.
   *
   * @throws RangeError, Error as `generate`; RangeError where there are beams, or several sequences of a prompt
   */
  async *stream(
    inputs: PromptInputs,
    config: GenerationConfig = {},
  ): AsyncGenerator<(number | undefined)[], void, void> {
    const { prompts, options } = await this.checked(inputs, config);
    for (const name of ['numBeams', 'numReturnSequences'] as const) {
      if (options[name] > 1) throw new RangeError(`stream: ${name} must be 1, but is ${options[name]}`);
    }
    const means = await generationMeans(this, this.stepper, prompts, options);
    try {
      yield* steps(means, prompts.prefixes.map(sequenceOf), options);
    } finally {
      means.dispose();
    }
  }

  /** What a model that guesses for another is asked for; see `assistantModel` of `generate`. */
  startDecoding(prompts: Prompts, maxLength: number): Decoding {
    const most = this.mostPositions;
    if (maxLength > most) {
      throw new RangeError(
        `generate: maxLength must be at most the ${most} positions of assistantModel, but is ${maxLength}`,
      );
    }
    if (this.sizes.isRecurrent) {
      throw new RangeError(
        `generate: assistantModel must be one that can take back what it read, but is ${this.config.modelType}`,
      );
    }
    return new Decoding(this.stepper, this.stepper.start(prompts, maxLength), false);
  }

  private async checked(inputs: PromptInputs, config: GenerationConfig) {
    checkKnownKeys('inputs', inputs, ['inputIds', 'attentionMask']);
    const prompts = await promptsOf(inputs, this.config);
    const promptLength = prompts.prefixes[0]!.ids.length;
    const { eosTokenId, vocabSize } = this.config;
    const { maxPositions } = this.sizes;
    const most = this.mostPositions;
    if (promptLength >= most) {
      throw new RangeError(
        `inputIds must be shorter than the ${most} positions of the model, but have ${promptLength}`,
      );
    }
    const own = this.generationConfig;
    const usual = own.maxNewTokens ? promptLength + own.maxNewTokens : (own.maxLength ?? 0);
    const maxLength = Math.min(
      usual > promptLength ? usual : promptLength + NEW_TOKENS,
      Math.max(maxPositions, promptLength + 1),
    );
    const options = generationConfig(withDefaults(own, config), {
      promptLength,
      maxLength,
      vocabSize,
      eosTokenId,
    });
    if (options.maxLength > most) {
      throw new RangeError(
        `generate: maxLength must be at most the ${most} positions of the model, but is ${options.maxLength}`,
      );
    }
    const guesses = (['assistantModel', 'promptLookupNumTokens'] as const).find((name) => options[name]);
    if (guesses && this.sizes.isRecurrent) {
      throw new RangeError(
        `generate: ${guesses} must be left out for ${this.config.modelType}, which cannot take back what it read`,
      );
    }
    const single = (['assistantModel', 'promptLookupNumTokens', 'pastKeyValues'] as const).find(
      (name) => options[name],
    );
    if (single && prompts.prefixes.length > 1) {
      throw new RangeError(
        `generate: ${single} must go with one prompt, but there are ${prompts.prefixes.length}`,
      );
    }
    if (options.pastKeyValues && prompts.mask[0]!.includes(0)) {
      throw new RangeError('generate: pastKeyValues must go with a prompt without padding, but it has some');
    }
    return { prompts, options };
  }

  /** How many positions it has: as many as one likes, where they are not learned. */
  private get mostPositions(): number {
    return this.sizes.learnedPositions ? this.sizes.maxPositions : Infinity;
  }

  override async loadOthers(files: ModelFiles): Promise<void> {
    const saved = await readGenerationConfig(files);
    if (!saved) return;
    this.generationConfig = saved.options;
    this.otherGenerationKeys = saved.otherKeys;
  }

  override async toFiles(options: SaveOptions = {}): Promise<Record<string, string | Uint8Array>> {
    const { generationConfig: own, otherGenerationKeys: otherKeys } = this;
    return { ...(await super.toFiles(options)), ...generationConfigFile({ options: own, otherKeys }) };
  }

  private get stepper(): CausalDecoding {
    this.decoding ??= new CausalDecoding(this.decoder, (states) => apply<Tensor>(this.head, states));
    return this.decoding;
  }

  override dispose(): void {
    this.decoding?.dispose();
    super.dispose();
  }
}
