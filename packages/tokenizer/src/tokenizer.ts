import { type ModelFiles, openFiles, saveFiles } from '@chui/hub';
import {
  type AddedToken,
  type AddedTokenOptions,
  addedToken,
  addedTokenFromJSON,
  isList,
  listOf,
  type NewSpecialTokens,
  type NewTokens,
} from './added_token.js';
import { AddedVocabulary } from './added_vocabulary.js';
import { type ChatMessage, type ChatOptions, renderChat } from './chat_templates.js';
import { type DecodeOptions, integers } from './decode_options.js';
import { DecodeStream } from './decode_stream.js';
import { cleanUpSpaces } from './decoders/clean_up.js';
import { decoders } from './decoders/index.js';
import { checkEncodeOptions, type EncodeOptions, resolvePadding } from './encode_options.js';
import { Encoder } from './encoder.js';
import type { Encoding } from './encoding.js';
import { TokenizerConfig, tokenizerConfigOf } from './files/tokenizer_config.js';
import { JsonNode } from './json/json_node.js';
import { BPE } from './models/bpe.js';
import { models } from './models/index.js';
import { normalizers } from './normalizers/index.js';
import { pad, paddingFromJSON, paddingToJSON } from './padding.js';
import { postProcessors } from './post_processors/index.js';
import { preTokenizers } from './pre_tokenizers/index.js';
import { type SpecialTokens, specialTokensByName, type TokenRole, tokenRoles } from './special_tokens.js';
import { type TextInput, type TextOrWords, textsOf } from './text_inputs.js';
import type { TokenizerParts } from './tokenizer_parts.js';
import { truncationFromJSON, truncationToJSON } from './truncation.js';

/** A batch as a model takes it: one row a text or window, and the encodings that the rows come from. */
export interface BatchEncoding {
  inputIds: number[][];
  attentionMask: number[][];
  tokenTypeIds: number[][];
  /** The text that each row comes from. */
  overflowToSampleMapping: number[];
  encodings: Encoding[];
}

export interface BatchOptions extends EncodeOptions {
  /** Gives each window of what truncation cut off a row of its own, after that of the text's beginning. */
  returnOverflowingTokens?: boolean | undefined;
}

/**
 * Text to ids and back, as a tokenizer.json says: added tokens are taken out of the text; the rest is normalized, split
 * into words, and turned into tokens by the model; a template puts special tokens around.
 *
 * @see https://huggingface.co/docs/tokenizers, whose results these are
 */
export class Tokenizer {
  private parts: TokenizerParts;
  private added: AddedVocabulary;
  private encoder: Encoder;
  private roles: Readonly<SpecialTokens>;

  private constructor(parts: TokenizerParts) {
    const { model, normalizer, addedTokens = [], padding } = parts;
    this.parts = parts;
    this.added = new AddedVocabulary(addedTokens, model, normalizer);
    this.encoder = new Encoder(parts, this.added);
    this.roles = {
      ...specialTokensByName(addedTokens),
      ...(padding && { pad: padding.filling().token }),
      ...(model.unkToken !== undefined && { unk: model.unkToken }),
      ...parts.specialTokens,
    };
  }

  /**
   * Makes a tokenizer of the contents of a tokenizer.json.
   *
   * @param json the text, or what `JSON.parse` or `toJSON` gave
   * @param specialTokens what each special token is for, which the file does not say
   * @throws Error that names the place in the file and the rule
   */
  static fromJSON(
    json: string | object,
    specialTokens: SpecialTokens = {},
    name = 'tokenizer.json',
  ): Tokenizer {
    return new Tokenizer({ ...partsFromJSON(json, name), specialTokens });
  }

  /**
   * Reads tokenizer.json; where there is none, vocab.txt, vocab.json with merges.txt, encoder.json with vocab.bpe, or a
   * SentencePiece file (tokenizer.model, spiece.model, sentencepiece.bpe.model, spm.model). Beside them,
   * tokenizer_config.json says what special tokens are for, and which kind of model a vocabulary is of.
   */
  static async fromFiles(files: ModelFiles): Promise<Tokenizer> {
    const config = await TokenizerConfig.read(files);
    const name = 'tokenizer.json';
    const read = (await files.has(name))
      ? { json: await files.text(name), specialTokens: config.specialTokens, name: `${files.name}/${name}` }
      : await (await import('./files/read_vocabulary.js')).readVocabulary(files, config);
    const { chatTemplates, cleanUpTokenizationSpaces, modelMaxLength, paddingSide, truncationSide } = config;
    const sides = { paddingSide, truncationSide };
    const tokenizer = new Tokenizer({
      ...partsFromJSON(read.json, read.name),
      specialTokens: read.specialTokens,
      ...{ chatTemplates, cleanUpTokenizationSpaces, modelMaxLength, ...sides },
    });
    // As transformers does: tokens with ids first, by these, which the order decides anew.
    const named = config
      .addedTokens([])
      .sort(({ id: a = Infinity }, { id: b = Infinity }) => (a < b ? -1 : a > b ? 1 : 0));
    const known = new Set(tokenizer.addedTokens.map(({ content }) => content));
    const missing = named.filter(({ content }) => !known.has(content));
    if (missing.length > 0)
      tokenizer.addTokens(missing.map((token) => addedTokenFromJSON(JsonNode.of(token, files.name))));
    return tokenizer;
  }

  /** Reads the tokenizer of a model: from a directory (in Node) or the URL of one. */
  static async fromPretrained(nameOrPath: string): Promise<Tokenizer> {
    return Tokenizer.fromFiles(await openFiles(nameOrPath));
  }

  /** The contents of a tokenizer.json, as plain data; `JSON.stringify(tokenizer)` gives the file. */
  toJSON(): object {
    const { truncation, padding, normalizer, preTokenizer, postProcessor, decoder, model } = this.parts;
    const file = {
      version: '1.0',
      truncation: truncation ? truncationToJSON(truncation) : null,
      padding: padding ? paddingToJSON(padding) : null,
      added_tokens: this.added.toJSON(),
      normalizer: normalizer ?? null,
      pre_tokenizer: preTokenizer ?? null,
      post_processor: postProcessor ?? null,
      decoder: decoder ?? null,
      model,
    };
    return JSON.parse(JSON.stringify(file));
  }

  /** The tokenizer's files by name: tokenizer.json, and tokenizer_config.json, which says what special tokens are for. */
  toFiles(): Record<string, string> {
    return {
      'tokenizer.json': `${JSON.stringify(this, null, 2)}\n`,
      'tokenizer_config.json': `${JSON.stringify(tokenizerConfigOf(this.parts, this.roles), null, 2)}\n`,
    };
  }

  /** Writes the files that Hugging Face's libraries load a tokenizer from into a directory. In Node only. */
  async save(dir: string): Promise<void> {
    await saveFiles(dir, this.toFiles());
  }

  /**
   * Encodes a text, or with `pair` two. With `isSplitIntoWords` texts are lists of words.
   *
   * @throws RangeError if an option is unknown or wrong, or truncation or padding lack what they need
   */
  encode(text: TextOrWords, { pair, ...options }: EncodeOptions & { pair?: TextOrWords } = {}): Encoding {
    return this.encodeAll([pair === undefined ? [text] : [text, pair]], options)[0]!;
  }

  /**
   * Encodes texts or pairs `[text, pair]`, padded to the longest unless the options or the file say otherwise.
   *
   * @throws TypeError if it is no list; errors of `encode`
   */
  encodeBatch(texts: readonly TextInput[], options: BatchOptions = {}): BatchEncoding {
    if (!Array.isArray(texts)) throw new TypeError(`texts must be a list, but is ${JSON.stringify(texts)}`);
    const { returnOverflowingTokens = false, ...rest } = options;
    const { padding = this.parts.padding === undefined ? 'longest' : undefined } = rest;
    const inputs = texts.map((text) => textsOf(text, rest));
    const windows = this.encodeAll(inputs, { ...rest, padding }).map((encoding) => {
      return returnOverflowingTokens ? [encoding, ...encoding.overflowing] : [encoding];
    });
    const encodings = windows.flat();
    return {
      inputIds: encodings.map(({ ids }) => ids),
      attentionMask: encodings.map(({ attentionMask }) => attentionMask),
      tokenTypeIds: encodings.map(({ typeIds }) => typeIds),
      overflowToSampleMapping: windows.flatMap((ofText, i) => ofText.map(() => i)),
      encodings,
    };
  }

  /**
   * The text of a conversation, as the model was trained to read it; encode it with `addSpecialTokens: false`, since the
   * template writes what special tokens there are.
   *
   * @throws Error if there is no template, or it refuses the messages
   */
  applyChatTemplate(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<string> {
    return renderChat(messages, this.parts.chatTemplates ?? {}, this.specialTokens, options);
  }

  /**
   * The text of tokens; ids that are no token's are left out.
   *
   * @throws TypeError if an id is no integer
   */
  decode(ids: Iterable<number | bigint>, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = false, cleanUpTokenizationSpaces = this.cleansUp } = options;
    const tokens = Array.from(integers(ids), (id) => this.tokenToDecode(id, skipSpecialTokens));
    const text = this.decodeTokens(tokens.filter((token) => token !== undefined));
    return cleanUpTokenizationSpaces ? cleanUpSpaces(text) : text;
  }

  /** The texts of several lists of tokens. */
  decodeBatch(batch: Iterable<Iterable<number | bigint>>, options: DecodeOptions = {}): string[] {
    return Array.from(batch, (ids) => this.decode(ids, options));
  }

  /** Decodes tokens as they come, a part of the text at a time, without cleaning up spaces. */
  decodeStream({ skipSpecialTokens = false } = {}): DecodeStream {
    return new DecodeStream(
      (id) => this.tokenToDecode(id, skipSpecialTokens),
      (tokens) => this.decodeTokens(tokens),
    );
  }

  tokenToId(token: string): number | undefined {
    return this.added.id(token) ?? this.parts.model.tokenToId(token);
  }

  idToToken(id: number): string | undefined {
    return this.added.token(id) ?? this.parts.model.idToToken(id);
  }

  /** Number of tokens, added ones included. */
  get vocabSize(): number {
    const { model } = this.parts;
    const beside = this.added.entries().filter(({ content }) => model.tokenToId(content) === undefined);
    return model.size + beside.length;
  }

  /** Every token and its id, added ones included, by rising id. */
  getVocab(): Map<string, number> {
    const added = this.added.entries().map(({ content, id }) => [content, id] as const);
    return new Map([...new Map([...this.parts.model.entries(), ...added])].sort(([, a], [, b]) => a - b));
  }

  /** The tokens that are taken out of a text before the model sees it, special ones among them, by rising id. */
  get addedTokens(): readonly (Readonly<AddedToken> & { readonly id: number })[] {
    return this.added.entries();
  }

  /**
   * Adds tokens, which are taken out of a text before the model sees it; those that the vocabulary has keep their ids.
   *
   * @returns how many are new: a model needs as many rows more in its embeddings
   * @throws TypeError if one is neither a text nor has a `content`
   */
  addTokens(tokens: NewTokens): number {
    return this.add(listOf(tokens).map((token) => addedToken(token)));
  }

  /**
   * Adds special tokens: some, or what each is for, as in `addSpecialTokens({ pad: '<|endoftext|>' })`.
   *
   * @returns how many are new
   * @throws RangeError if one is for something unknown; TypeError as `addTokens`
   */
  addSpecialTokens(tokens: NewSpecialTokens | NewTokens): number {
    const special = (token: string | AddedTokenOptions) => addedToken(token, { special: true });
    if (typeof tokens === 'string' || isList(tokens)) {
      const count = this.add(listOf(tokens).map(special));
      this.roles = { ...specialTokensByName(this.addedTokens), ...this.roles };
      return count;
    }
    const given = Object.entries(tokens).filter(([, token]) => token !== undefined);
    const unknown = given.find(([role]) => !tokenRoles.includes(role as TokenRole))?.[0];
    if (unknown !== undefined)
      throw new RangeError(
        `a special token must be for one of ${tokenRoles.join(', ')}, but is for ${unknown}`,
      );
    const named = given.map(([role, token]) => [role, special(token)] as const);
    const isKnown = ({ content }: AddedToken) => this.added.isSpecial(this.tokenToId(content) ?? -1);
    const count = this.addSpecialTokens(
      named
        .filter(([role, token]) => typeof tokens[role as TokenRole] !== 'string' || !isKnown(token))
        .map(([, token]) => token),
    );
    this.roles = {
      ...this.roles,
      ...Object.fromEntries(named.map(([role, { content }]) => [role, content])),
    };
    const { padding } = this.parts;
    if (padding && tokens.pad !== undefined) {
      const filling = { ...padding.filling(), token: this.roles.pad!, id: this.padTokenId };
      this.parts = { ...this.parts, padding: { ...padding, filling: () => filling } };
    }
    return count;
  }

  /** Tokens that the model takes at most, if tokenizer_config.json says so: what `truncation: true` cuts to. */
  get modelMaxLength(): number | undefined {
    return this.parts.modelMaxLength;
  }

  /** What each special token is for. */
  get specialTokens(): Readonly<SpecialTokens> {
    return this.roles;
  }

  /** @throws Error if the tokenizer has no such token, as all of these; `specialTokens` says which it has */
  get padTokenId(): number {
    return this.specialId('pad');
  }

  get unkTokenId(): number {
    return this.specialId('unk');
  }

  /** Begins a sequence. */
  get bosTokenId(): number {
    return this.specialId('bos');
  }

  /** Ends a sequence. */
  get eosTokenId(): number {
    return this.specialId('eos');
  }

  get clsTokenId(): number {
    return this.specialId('cls');
  }

  get sepTokenId(): number {
    return this.specialId('sep');
  }

  get maskTokenId(): number {
    return this.specialId('mask');
  }

  private add(tokens: readonly AddedToken[]): number {
    const { vocabSize } = this;
    const addedTokens = [...this.added.entries(), ...tokens];
    this.parts = { ...this.parts, addedTokens };
    this.added = new AddedVocabulary(addedTokens, this.parts.model, this.parts.normalizer);
    this.encoder = new Encoder(this.parts, this.added);
    return this.vocabSize - vocabSize;
  }

  private specialId(role: TokenRole): number {
    const token = this.specialTokens[role];
    const id = token === undefined ? undefined : this.tokenToId(token);
    if (id !== undefined) return id;
    throw new Error(
      `the tokenizer must have a ${role} token, but has ${token ?? 'none'}: addSpecialTokens({ ${role}: '…' }) adds one`,
    );
  }

  /** What the configuration says; of a BPE it would take spaces away that the text had, so transformers does not either. */
  private get cleansUp(): boolean {
    const { cleanUpTokenizationSpaces = false, model } = this.parts;
    return cleanUpTokenizationSpaces && !(model instanceof BPE);
  }

  private tokenToDecode(id: number, skipSpecialTokens: boolean): string | undefined {
    return skipSpecialTokens && this.added.isSpecial(id) ? undefined : this.idToToken(id);
  }

  private decodeTokens(tokens: string[]): string {
    const { decoder } = this.parts;
    return decoder ? decoder.decode(tokens).join('') : tokens.join(' ');
  }

  private encodeAll(inputs: readonly (readonly TextOrWords[])[], options: EncodeOptions): Encoding[] {
    checkEncodeOptions(options);
    const encodings = inputs.map((texts) => this.encoder.encode(texts, options));
    const filling = () => ({ id: this.padTokenId, token: this.specialTokens.pad!, typeId: 0 });
    const padding = resolvePadding(options, this.parts, filling);
    if (!padding) return encodings;
    const padded = pad(encodings, padding);
    // Without a post-processor, Hugging Face's library takes the padding of a single text for a part of it.
    if (this.parts.postProcessor) return padded;
    return padded.map((encoding, i) => (inputs[i]!.length === 1 ? encoding.withSequenceId(0) : encoding));
  }
}

/** What a tokenizer.json says. */
function partsFromJSON(json: string | object, name: string): TokenizerParts {
  const root = typeof json === 'string' ? JsonNode.parse(json, name) : JsonNode.of(json, name);
  const version = root.get('version');
  if (!version.isNull) version.choice('1.0');
  const addedTokens = root.get('added_tokens');
  return {
    truncation: truncationFromJSON(root.get('truncation')),
    padding: paddingFromJSON(root.get('padding')),
    addedTokens: addedTokens.isNull ? [] : addedTokens.items().map(numberedTokenFromJSON),
    normalizer: normalizers.buildOptional(root.get('normalizer')),
    preTokenizer: preTokenizers.buildOptional(root.get('pre_tokenizer')),
    postProcessor: postProcessors.buildOptional(root.get('post_processor')),
    decoder: decoders.buildOptional(root.get('decoder')),
    model: models.build(root.get('model')),
  };
}

/** A token of the file, which must have an id, though the order of all decides which it gets. */
function numberedTokenFromJSON(json: JsonNode): AddedToken {
  json.get('id').integer();
  return addedTokenFromJSON(json);
}
