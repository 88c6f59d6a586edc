import { crossEntropy, Linear } from '@chui/layers';
import { concat, fill, type Scalar, slice, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { isGiven } from '../family/inputs.js';
import { classLabels, type Labels } from '../family/labels.js';
import { type GenerationConfig, type GenerationOutput, generationConfig } from '../generation/config.js';
import { Decoding, repeatRows } from '../generation/decoding.js';
import { hypothesesOf, outputOf, search } from '../generation/search.js';
import { sequenceOf, tokenSearch } from '../generation/token_search.js';
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
    const state = tidy(() =>
      repeatRows(
        this.stepper.start(prompts, options.maxLength),
        prompts.prefixes.length,
        hypothesesOf(options),
      ),
    );
    const decoding = new Decoding(this.stepper, state, false);
    try {
      const found = await search(decoding, prompts.prefixes, options);
      const times = found.paths.length / prompts.prefixes.length;
      const output = outputOf(found, options);
      const sequences = output.sequences.map((ids, i) => ids.slice(prompts.added[Math.floor(i / times)]));
      return options.returnDictInGenerate ? { ...output, sequences } : sequences;
    } finally {
      decoding.dispose();
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
    for (const name of ['numBeams', 'numReturnSequences'] as const) {
      const value = config[name] ?? 1;
      if (value > 1) throw new RangeError(`stream: ${name} must be 1, but is ${value}`);
    }
    const { prompts, options } = await this.checked(inputs, config);
    const state = this.stepper.start(prompts, options.maxLength);
    const decoding = new Decoding(this.stepper, state, false);
    try {
      yield* tokenSearch(decoding, prompts.prefixes.map(sequenceOf), options);
    } finally {
      decoding.dispose();
    }
  }

  private async checked(inputs: PromptInputs, config: GenerationConfig) {
    checkKnownKeys('inputs', inputs, ['inputIds', 'attentionMask']);
    const prompts = await promptsOf(inputs, this.config);
    const promptLength = prompts.prefixes[0]!.ids.length;
    const { eosTokenId, vocabSize } = this.config;
    const { maxPositions, learnedPositions } = this.sizes;
    const most = learnedPositions ? maxPositions : Infinity;
    if (promptLength >= most) {
      throw new RangeError(
        `inputIds must be shorter than the ${most} positions of the model, but have ${promptLength}`,
      );
    }
    const maxLength = Math.min(promptLength + NEW_TOKENS, Math.max(maxPositions, promptLength + 1));
    const options = generationConfig(config, { promptLength, maxLength, vocabSize, eosTokenId });
    if (options.maxLength > most) {
      throw new RangeError(
        `generate: maxLength must be at most the ${most} positions of the model, but is ${options.maxLength}`,
      );
    }
    return { prompts, options };
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
