import { type ModelFiles, openFiles, saveFiles } from '@chui/hub';
import { type JitFunction, jit } from '@chui/runtime';
import { Tokenizer } from '@chui/tokenizer';
import { type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { AutoModel } from '../auto/auto_models.js';
import type { BaseModel } from '../auto/model_kinds.js';
import type { SaveOptions } from '../checkpoint.js';
import { paddedRows, paddingMask, planBatches, type TextBatch } from '../encoder/batches.js';
import { checkKnownKeys } from '../known_keys.js';
import type { PretrainedOptions } from '../model.js';
import { shown } from '../shown.js';
import type { EmbeddingModule } from './embedding_module.js';
import { jsonFile, moduleFiles } from './module_files.js';
import { folderOf, type Modules, moduleList, readModuleEntries, readModules } from './modules.js';
import { unitLength } from './normalize.js';
import type { Pooling } from './pooling.js';
import { readSentenceSettings, type SentenceSettings, settingsFiles } from './settings.js';
import { similarityOf } from './similarity.js';

/** ids and masks (B, T), of tokens and of those that pooling counts → embeddings (B, E). */
type Embed = (inputIds: Tensor2D, attentionMask: Tensor2D, counted: Tensor2D, normalize: boolean) => Tensor2D;

/** Options of `encode`. */
export interface SentenceEncodeOptions {
  /** Texts that go through the model at once. Default 32. */
  batchSize?: number | undefined;
  /** Whether embeddings are brought to length 1, if the model's own modules do not. Default false. */
  normalizeEmbeddings?: boolean | undefined;
  /** A text that is put before each text. */
  prompt?: string | undefined;
  /** The name of one of the model's prompts, in place of `prompt`. Default: that of the model's default, if it has one. */
  promptName?: string | undefined;
}

const optionNames = ['batchSize', 'normalizeEmbeddings', 'prompt', 'promptName'];

/**
 * Texts to embeddings: a tokenizer, an encoder or a decoder, a pooling of its states, and what follows: linear layers, a normalization.
 * Directories are those of Python's sentence-transformers.
 *
 * @example
 * const model = await SentenceTransformer.fromPretrained('./all-MiniLM-L6-v2');
 * const [a, b] = await model.encode(['A cat sits.', 'Eine Katze sitzt.']);
 * model.similarity(a, b); // how alike they are
 * @see Reimers and Gurevych (2019), https://arxiv.org/abs/1908.10084
 */
export class SentenceTransformer {
  private readonly pooling: Pooling;
  private readonly rest: readonly EmbeddingModule[];
  private readonly compiled: JitFunction<Embed>;

  private constructor(
    readonly model: BaseModel,
    readonly tokenizer: Tokenizer,
    { pooling, rest }: Modules,
    private readonly settings: SentenceSettings,
  ) {
    this.pooling = pooling;
    this.rest = rest;
    this.compiled = jit<Embed>((...args) => this.embed(...args));
  }

  /**
   * A saved model. A directory without modules.json is that of a model alone, whose states are averaged.
   *
   * @param name a directory, a URL of one, or the id of a repository
   * @throws Error naming the file, the rule and what is there.
   */
  static async fromPretrained(name: string, options: PretrainedOptions = {}): Promise<SentenceTransformer> {
    const { config, ignoreMismatchedSizes, seed, ...open } = options;
    const files = await openFiles(name, open);
    return SentenceTransformer.fromFiles(files, { config, ignoreMismatchedSizes, seed });
  }

  /** The model of files that are open already; see `fromPretrained`. */
  static async fromFiles(
    files: ModelFiles,
    options: Pick<PretrainedOptions, 'config' | 'ignoreMismatchedSizes' | 'seed'> = {},
  ): Promise<SentenceTransformer> {
    const entries = await readModuleEntries(files);
    const path = entries?.[0]?.path ?? '';
    const encoderFiles = moduleFiles(files, path);
    const settings = await readSentenceSettings(files, path);
    const tokenizer = await Tokenizer.fromFiles(encoderFiles);
    const model = await AutoModel.fromFiles(encoderFiles, options);
    try {
      const modules = await readModules(files, entries, model.sizes.width);
      return new SentenceTransformer(model, tokenizer, modules, settings);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** Numbers of an embedding. */
  get dimension(): number {
    return this.rest.reduce(
      (width, each) => each.widthOf(width),
      this.pooling.widthOf(this.model.sizes.width),
    );
  }

  /** Tokens of a text that are read, special ones included; what is longer is cut. */
  get maxSeqLength(): number {
    const { maxTokens } = this.model;
    return Math.min(this.settings.maxSeqLength ?? this.tokenizer.modelMaxLength ?? maxTokens, maxTokens);
  }

  /** What may be put before a text, by name. */
  get prompts(): Readonly<Record<string, string>> {
    return this.settings.prompts;
  }

  /**
   * The embedding of a text, or one for each of several, in their order.
   *
   * @throws TypeError if a text is none; RangeError naming the option, the rule and the value.
   */
  async encode(texts: string, options?: SentenceEncodeOptions): Promise<Float32Array>;
  async encode(texts: readonly string[], options?: SentenceEncodeOptions): Promise<Float32Array[]>;
  async encode(
    texts: string | readonly string[],
    options: SentenceEncodeOptions = {},
  ): Promise<Float32Array | Float32Array[]> {
    if (typeof texts === 'string') return (await this.encode([texts], options))[0]!;
    if (!Array.isArray(texts)) {
      throw new TypeError(`texts must be a text or a list of texts, but is ${shown(texts)}`);
    }
    checkKnownKeys('options', options, optionNames);
    const { batchSize = 32, normalizeEmbeddings = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`batchSize must be a positive integer, but is ${batchSize}`);
    }
    const prompt = this.promptOf(options);
    const ids = this.idsOf(texts, prompt);
    const skipped = this.pooling.includePrompt || prompt === '' ? 0 : this.promptLength(prompt);
    const embeddings: Float32Array[] = new Array(texts.length);
    const batches = planBatches(
      ids.map(({ length }) => length),
      batchSize,
      this.maxSeqLength,
    );
    for (const batch of batches) {
      const numbers = await this.runBatch(ids, batch, skipped, normalizeEmbeddings);
      const width = numbers.length / batch.shape[0];
      for (const [row, place] of batch.places.entries()) {
        embeddings[place] = numbers.slice(row * width, (row + 1) * width);
      }
    }
    return embeddings;
  }

  /**
   * How alike embeddings are, by the measure that the model's files name: cosine by default. Of two embeddings it is a
   * number; of lists, a row for each of the first with a number for each of the second.
   *
   * @throws RangeError if embeddings differ in length.
   */
  similarity(a: Float32Array, b: Float32Array): number;
  similarity(a: readonly Float32Array[], b: readonly Float32Array[]): Float32Array[];
  similarity(
    a: Float32Array | readonly Float32Array[],
    b: Float32Array | readonly Float32Array[],
  ): number | Float32Array[] {
    const { similarity } = this.settings;
    if (a instanceof Float32Array && b instanceof Float32Array) return similarityOf(similarity, a, b);
    if (a instanceof Float32Array || b instanceof Float32Array) {
      throw new TypeError(
        'similarity must be of two embeddings, or of two lists of them, but is of one of each',
      );
    }
    return a.map((each) => Float32Array.from(b, (other) => similarityOf(similarity, each, other)));
  }

  /**
   * Writes everything into a directory, as Python's sentence-transformers has it.
   *
   * @throws Error naming the option or the file, and what is wrong with it.
   */
  async savePretrained(directory: string, options: SaveOptions = {}): Promise<void> {
    await saveFiles(directory, await this.toFiles(options));
  }

  /** What `savePretrained` writes, by path. */
  async toFiles(options: SaveOptions = {}): Promise<Record<string, string | Uint8Array>> {
    const modules = [this.pooling, ...this.rest];
    const files: Record<string, string | Uint8Array> = {
      'modules.json': jsonFile(moduleList(modules)),
      ...settingsFiles(this.settings),
      ...this.tokenizer.toFiles(),
      ...(await this.model.toFiles(options)),
    };
    const ofModules = [
      this.pooling.toFiles(this.model.sizes.width),
      ...(await Promise.all(this.rest.map((each) => each.toFiles(options)))),
    ];
    ofModules.forEach((own, i) => {
      for (const [name, content] of Object.entries(own)) {
        files[`${folderOf(i + 1, modules[i]!)}/${name}`] = content;
      }
    });
    return files;
  }

  /** Frees the parameters. */
  dispose(): void {
    this.compiled.dispose();
    this.model.dispose();
    for (const each of this.rest) each.dispose();
  }

  private promptOf({ prompt, promptName }: SentenceEncodeOptions): string {
    if (prompt !== undefined) return prompt;
    const { prompts, defaultPromptName } = this.settings;
    const name = promptName ?? defaultPromptName;
    if (name === undefined) return '';
    if (Object.hasOwn(prompts, name)) return prompts[name]!;
    const known = Object.keys(prompts).join(', ') || 'none, as the model has no prompts';
    throw new RangeError(`promptName must be one of ${known}, but is ${shown(name)}`);
  }

  private idsOf(texts: readonly string[], prompt: string): number[][] {
    const { doLowerCase } = this.settings;
    const maxLength = this.maxSeqLength;
    return texts.map((text, i) => {
      if (typeof text !== 'string') {
        throw new TypeError(`texts must be texts, but texts[${i}] is ${shown(text)}`);
      }
      const read = doLowerCase ? (prompt + text).toLowerCase() : prompt + text;
      return this.tokenizer.encode(read, { truncation: true, maxLength, padding: false }).ids;
    });
  }

  /** Tokens of the prompt, without the one that ends it. */
  private promptLength(prompt: string): number {
    const { length } = this.idsOf([prompt], '')[0]!;
    const { specialTokensMask } = this.tokenizer.encode(prompt, { truncation: false, padding: false });
    return length - (specialTokensMask.at(-1) ?? 0);
  }

  private async runBatch(
    ids: readonly (readonly number[])[],
    { places, shape }: TextBatch,
    skipped: number,
    normalize: boolean,
  ): Promise<Float32Array> {
    const { padTokenId } = this.model.config;
    const own = places.map((place) => ids[place]!);
    const mask = paddingMask(own, shape);
    const result = tidy(() => {
      const inputIds = tensor2d(paddedRows(own, shape, padTokenId ?? 0), [...shape], 'int32');
      const attentionMask = tensor2d(mask, [...shape], 'int32');
      const counted = Int32Array.from(mask, (one, i) => (i % shape[1] < skipped ? 0 : one));
      return this.compiled(inputIds, attentionMask, tensor2d(counted, [...shape], 'int32'), normalize);
    });
    const numbers = await result.data<'float32'>();
    result.dispose();
    return numbers;
  }

  private readonly embed: Embed = (inputIds, attentionMask, counted, normalize) =>
    tidy(() => {
      const { lastHiddenState } = this.model.forward({ inputIds, attentionMask });
      const pooled = this.pooling.apply(lastHiddenState, counted);
      const embedded = this.rest.reduce((x, each) => each.apply(x), pooled);
      return normalize ? unitLength(embedded) : embedded;
    });
}
