import { type ModelFiles, openFiles, saveFiles } from '@chui/hub';
import { type AddedToken, AddedVocabulary, addedTokenFromJSON } from './added_vocabulary.js';
import {
  type ChatMessage,
  type ChatOptions,
  type ChatTemplates,
  chatTemplatesToConfig,
  renderChat,
} from './chat_templates.js';
import { DecodeStream } from './decode_stream.js';
import type { Decoder } from './decoders/decoder.js';
import { decoders } from './decoders/index.js';
import { type EncodeOptions, resolvePadding, resolveTruncation } from './encode_options.js';
import { Encoding } from './encoding.js';
import { TokenizerConfig } from './files/tokenizer_config.js';
import { JsonNode } from './json/json_node.js';
import { models } from './models/index.js';
import type { Model, Token } from './models/model.js';
import { normalizers } from './normalizers/index.js';
import type { Normalizer } from './normalizers/normalizer.js';
import { type Padding, pad, paddingFromJSON, paddingToJSON } from './padding.js';
import { postProcessors } from './post_processors/index.js';
import type { PostProcessor } from './post_processors/post_processor.js';
import { preTokenizers } from './pre_tokenizers/index.js';
import type { PreTokenizer } from './pre_tokenizers/pre_tokenizer.js';
import { type SpecialTokens, specialTokensByName, type TokenRole, tokenRoles } from './special_tokens.js';
import { type Truncation, truncate, truncationFromJSON, truncationToJSON } from './truncation.js';

/** The parts of a tokenizer, each as its interface says. */
export interface TokenizerParts {
  normalizer?: Normalizer | undefined;
  preTokenizer?: PreTokenizer | undefined;
  model: Model;
  postProcessor?: PostProcessor | undefined;
  decoder?: Decoder | undefined;
  addedTokens?: AddedToken[];
  truncation?: Truncation | undefined;
  padding?: Padding | undefined;
  /** What each special token is for; those not given are found by their usual names. */
  specialTokens?: SpecialTokens;
  /** How conversations are written. */
  chatTemplates?: ChatTemplates;
}

/** Words whose tokens are remembered, and UTF-16 units of the longest of them. */
const [mostKnownWords, longestKnownWord] = [20_000, 64];

/** A text, or the words of one. */
export type TextOrWords = string | readonly string[];

/** A text, or a pair of texts. */
export type TextInput = TextOrWords | readonly [text: TextOrWords, pair: TextOrWords];

/** A batch as a model takes it: one row a text, and the encodings that the rows come from. */
export interface BatchEncoding {
  inputIds: number[][];
  attentionMask: number[][];
  tokenTypeIds: number[][];
  encodings: Encoding[];
}

/**
 * Text to ids and back, as a tokenizer.json says: added tokens are taken out of the text; the rest is normalized, split
 * into words, and turned into tokens by the model; a template puts special tokens around.
 *
 * @see https://huggingface.co/docs/tokenizers, whose results these are
 */
export class Tokenizer {
  /** What each special token is for. */
  readonly specialTokens: Readonly<SpecialTokens>;
  private readonly parts: TokenizerParts;
  private readonly added: AddedVocabulary;
  private readonly words = new Map<string, readonly Token[]>();

  constructor(parts: TokenizerParts) {
    const { model, normalizer, addedTokens = [], padding } = parts;
    this.parts = parts;
    this.added = new AddedVocabulary(addedTokens, model, normalizer);
    this.specialTokens = {
      ...specialTokensByName(addedTokens),
      ...(padding && { pad: padding.token }),
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
    const root = typeof json === 'string' ? JsonNode.parse(json, name) : JsonNode.of(json, name);
    const version = root.get('version');
    if (!version.isNull) version.choice('1.0');
    const addedTokens = root.get('added_tokens');
    return new Tokenizer({
      truncation: truncationFromJSON(root.get('truncation')),
      padding: paddingFromJSON(root.get('padding')),
      addedTokens: addedTokens.isNull ? [] : addedTokens.items().map(addedTokenFromJSON),
      normalizer: normalizers.buildOptional(root.get('normalizer')),
      preTokenizer: preTokenizers.buildOptional(root.get('pre_tokenizer')),
      postProcessor: postProcessors.buildOptional(root.get('post_processor')),
      decoder: decoders.buildOptional(root.get('decoder')),
      model: models.build(root.get('model')),
      specialTokens,
    });
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
    const { parts } = Tokenizer.fromJSON(read.json, read.specialTokens, read.name);
    return new Tokenizer({ ...parts, chatTemplates: config.chatTemplates });
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
    const roles = tokenRoles.filter((role) => this.specialTokens[role] !== undefined);
    const config = {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      chat_template: chatTemplatesToConfig(this.parts.chatTemplates ?? {}),
      ...Object.fromEntries(roles.map((role) => [`${role}_token`, this.specialTokens[role]])),
    };
    return {
      'tokenizer.json': `${JSON.stringify(this, null, 2)}\n`,
      'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
    };
  }

  /** Writes the files that Hugging Face's libraries load a tokenizer from into a directory. In Node only. */
  async save(dir: string): Promise<void> {
    await saveFiles(dir, this.toFiles());
  }

  /**
   * Encodes a text, or with `pair` two. With `isSplitIntoWords` texts are lists of words.
   *
   * @throws Error if truncation or padding lack what they need
   */
  encode(text: TextOrWords, { pair, ...options }: EncodeOptions & { pair?: TextOrWords } = {}): Encoding {
    const encoding = this.encodeUnpadded(pair === undefined ? [text] : [text, pair], options);
    return this.pad([encoding], options)[0]!;
  }

  /** Encodes texts or pairs, padded to the longest unless the options or the file say otherwise. */
  encodeBatch(texts: readonly TextInput[], options: EncodeOptions = {}): BatchEncoding {
    const { padding = this.parts.padding === undefined ? 'longest' : undefined } = options;
    const unpadded = texts.map((text) => this.encodeUnpadded(textsOf(text, options), options));
    const encodings = this.pad(unpadded, { ...options, padding });
    return {
      inputIds: encodings.map(({ ids }) => ids),
      attentionMask: encodings.map(({ attentionMask }) => attentionMask),
      tokenTypeIds: encodings.map(({ typeIds }) => typeIds),
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

  /** The text of tokens; ids that are no token's are left out. */
  decode(ids: Iterable<number>, { skipSpecialTokens = false } = {}): string {
    const tokens = Array.from(ids, (id) => this.tokenToDecode(id, skipSpecialTokens));
    return this.decodeTokens(tokens.filter((token) => token !== undefined));
  }

  /** Decodes tokens as they come, a part of the text at a time. */
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

  /** @throws Error if the tokenizer has no such token; `specialTokens` says which it has */
  get padTokenId(): number {
    return this.specialId('pad');
  }

  /** @throws Error if the tokenizer has no such token */
  get unkTokenId(): number {
    return this.specialId('unk');
  }

  /** Begins a sequence. @throws Error if the tokenizer has no such token */
  get bosTokenId(): number {
    return this.specialId('bos');
  }

  /** Ends a sequence. @throws Error if the tokenizer has no such token */
  get eosTokenId(): number {
    return this.specialId('eos');
  }

  private specialId(role: TokenRole): number {
    const token = this.specialTokens[role];
    const id = token === undefined ? undefined : this.tokenToId(token);
    if (id === undefined)
      throw new Error(`the tokenizer must have a ${role} token, but has ${token ?? 'none'}`);
    return id;
  }

  private tokenToDecode(id: number, skipSpecialTokens: boolean): string | undefined {
    return skipSpecialTokens && this.added.isSpecial(id) ? undefined : this.idToToken(id);
  }

  private decodeTokens(tokens: string[]): string {
    const { decoder } = this.parts;
    return decoder ? decoder.decode(tokens).join('') : tokens.join(' ');
  }

  private encodeUnpadded(texts: readonly TextOrWords[], options: EncodeOptions): Encoding {
    const { addSpecialTokens = true } = options;
    const whole = texts.map((text, i) => this.encodeText(text, i, options));
    const [first, second] = this.truncate(whole, addSpecialTokens, options) as [Encoding, Encoding?];
    const process = (...encodings: Encoding[]) =>
      this.parts.postProcessor?.process(encodings, addSpecialTokens) ?? encodings;
    const overflowing = windows(first, second).map((window) => Encoding.concat(process(...window)));
    return Encoding.concat(process(...(second ? [first, second] : [first])), overflowing);
  }

  private encodeText(text: TextOrWords, sequence: number, options: EncodeOptions): Encoding {
    const { splitSpecialTokens = false, isSplitIntoWords = false } = options;
    if ((typeof text === 'string') === isSplitIntoWords)
      throw new TypeError('a text must be a list of words if isSplitIntoWords is true, else a string');
    const { preTokenizer } = this.parts;
    const encoding = Encoding.concat([]);
    let word = 0;
    const add = (id: number, token: string, offsets: [number, number]) => {
      encoding.ids.push(id);
      encoding.tokens.push(token);
      encoding.typeIds.push(sequence);
      encoding.attentionMask.push(1);
      encoding.specialTokensMask.push(0);
      encoding.offsets.push(offsets);
      encoding.wordIds.push(word);
      encoding.sequenceIds.push(sequence);
    };
    for (const input of typeof text === 'string' ? [text] : text) {
      for (const piece of this.added.extract(input, splitSpecialTokens)) {
        if (piece.id !== undefined) {
          add(piece.id, piece.text.text, piece.text.originalOffsets());
          if (!isSplitIntoWords) word++;
          continue;
        }
        for (const part of preTokenizer?.preTokenize(piece.text) ?? [piece.text]) {
          for (const token of this.tokensOf(part.text)) {
            add(token.id, token.text, part.originalOffsets(token.start, token.end));
          }
          if (!isSplitIntoWords) word++;
        }
      }
      if (isSplitIntoWords) word++;
    }
    return encoding;
  }

  /** The tokens of a word, which are remembered: few words make most of a text. */
  private tokensOf(word: string): readonly Token[] {
    const { model } = this.parts;
    const known = this.words.get(word);
    if (known) return known;
    const tokens = model.tokenize(word);
    if (model.isRandom || word.length > longestKnownWord) return tokens;
    if (this.words.size === mostKnownWords) this.words.clear();
    this.words.set(word, tokens);
    return tokens;
  }

  private truncate(encodings: Encoding[], addSpecialTokens: boolean, options: EncodeOptions): Encoding[] {
    const truncation = resolveTruncation(options, this.parts.truncation);
    if (!truncation) return encodings;
    const added = (addSpecialTokens && this.parts.postProcessor?.addedTokens(encodings.length > 1)) || 0;
    if (truncation.maxLength < added) {
      throw new RangeError(`maxLength must hold the ${added} special tokens, but is ${truncation.maxLength}`);
    }
    return truncate(encodings, { ...truncation, maxLength: truncation.maxLength - added });
  }

  private pad(encodings: Encoding[], options: EncodeOptions): Encoding[] {
    const padding = resolvePadding(options, this.parts.padding, () => ({
      id: this.padTokenId,
      token: this.specialTokens.pad!,
    }));
    return padding ? pad(encodings, padding) : encodings;
  }
}

/** The one or two texts of an input; a list of strings is a pair unless texts are lists of words. */
function textsOf(input: TextInput, { isSplitIntoWords = false }: EncodeOptions): readonly TextOrWords[] {
  if (typeof input === 'string') return [input];
  if (isSplitIntoWords && !Array.isArray(input[0])) return [input as readonly string[]];
  if (input.length !== 2) throw new TypeError(`a pair must be two texts, but is a list of ${input.length}`);
  return input;
}

/** The windows of what overflowed, each with every window of the other text: those of the text first. */
function windows(first: Encoding, second: Encoding | undefined): Encoding[][] {
  if (!second) return first.overflowing.map((window) => [window]);
  const both = [second, ...second.overflowing];
  return [
    ...first.overflowing.flatMap((window) => both.map((other) => [window, other])),
    ...second.overflowing.map((other) => [first, other]),
  ];
}
