import type { ModelFiles } from '@chui/hub';
import { type ChatTemplates, chatTemplatesFromConfig, chatTemplatesToConfig } from '../chat_templates.js';
import { JsonNode } from '../json/json_node.js';
import { type SpecialTokens, type TokenRole, tokenRoles } from '../special_tokens.js';
import type { TokenizerParts } from '../tokenizer_parts.js';
import type { Side } from '../truncation.js';
import { type AddedTokenFields, addedTokenFields } from './added_tokens.js';

/** What stands beside a vocabulary: tokenizer_config.json, and the smaller files of older models. */
export class TokenizerConfig {
  private constructor(
    private readonly config: JsonNode,
    private readonly map: JsonNode,
    private readonly added: JsonNode,
    private readonly model: JsonNode,
    private readonly chatTemplate: string | undefined,
  ) {}

  /**
   * Reads tokenizer_config.json, special_tokens_map.json, added_tokens.json, config.json and chat_template.jinja, whichever
   * there are.
   */
  static async read(files: ModelFiles): Promise<TokenizerConfig> {
    const read = async (name: string) => {
      const path = `${files.name}/${name}`;
      return (await files.has(name)) ? JsonNode.parse(await files.text(name), path) : JsonNode.of({}, path);
    };
    return new TokenizerConfig(
      await read('tokenizer_config.json'),
      await read('special_tokens_map.json'),
      await read('added_tokens.json'),
      await read('config.json'),
      (await files.has('chat_template.jinja')) ? await files.text('chat_template.jinja') : undefined,
    );
  }

  /** What kind of model it is, in lower case without hyphens, such as `xlmroberta`; if a file says it. */
  get family(): string | undefined {
    const types = [this.config, this.model].map((file) => file.get('tokenizer_class'));
    const type = types.find(({ isNull }) => !isNull);
    if (type)
      return type
        .string()
        .replace(/Tokenizer(Fast)?$/, '')
        .toLowerCase();
    const model = this.model.get('model_type');
    return model.isNull ? undefined : model.string().replaceAll(/[-_]/g, '').toLowerCase();
  }

  /** A setting that is true or false. */
  flag(key: string): boolean | undefined {
    const flag = this.config.get(key);
    return flag.isNull ? undefined : flag.boolean();
  }

  /** A setting that is an integer. */
  integer(key: string): number | undefined {
    const number = this.config.get(key);
    return number.isNull ? undefined : number.integer();
  }

  /** Tokens that the model takes at most; files say 10^30 where there is no limit. */
  get modelMaxLength(): number | undefined {
    const length = this.config.get('model_max_length');
    return length.isNull || (length.value as number) > 1e9 ? undefined : length.integer();
  }

  get cleanUpTokenizationSpaces(): boolean | undefined {
    return this.flag('clean_up_tokenization_spaces');
  }

  get paddingSide(): Side | undefined {
    return this.side('padding_side');
  }

  get truncationSide(): Side | undefined {
    return this.side('truncation_side');
  }

  /** How conversations are written; a file of its own counts more than the configuration. */
  get chatTemplates(): ChatTemplates {
    if (this.chatTemplate !== undefined) return { default: this.chatTemplate };
    return chatTemplatesFromConfig(this.config.get('chat_template'));
  }

  /** A setting that is a text. */
  text(key: string): string | undefined {
    const text = this.config.get(key);
    return text.isNull ? undefined : text.string();
  }

  /** The special tokens that the files name, by what they are for. */
  get specialTokens(): SpecialTokens {
    const named = tokenRoles.filter((role) => !this.named(role).isNull);
    return Object.fromEntries(named.map((role) => [role, contentOf(this.named(role))]));
  }

  /**
   * Added tokens: those given and those that the files name, which count more.
   *
   * @param implied what the kind of vocabulary has
   */
  addedTokens(implied: readonly AddedTokenFields[]): AddedTokenFields[] {
    const tokens = new Map(implied.map((token) => [token.content, token]));
    const add = (token: JsonNode, id?: string) => {
      const content = contentOf(token);
      const missing = tokens.get(content) ?? addedTokenFields(content, id === undefined ? {} : plain);
      tokens.set(content, { ...readToken(token, missing), ...(id !== undefined && { id: Number(id) }) });
    };
    for (const role of tokenRoles) if (!this.named(role).isNull) add(this.named(role));
    for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
      const more = this.fileWith(key).get(key);
      if (Array.isArray(more.value)) for (const token of more.items()) add(token);
    }
    for (const [content, id] of this.added.entries()) {
      tokens.set(content, { ...addedTokenFields(content, plain), ...tokens.get(content), id: id.integer() });
    }
    const byId = this.config.get('added_tokens_decoder');
    for (const [id, token] of byId.isNull ? [] : byId.entries()) add(token, id);
    return [...tokens.values()];
  }

  private side(key: string): Side | undefined {
    const side = this.config.get(key);
    return side.isNull ? undefined : side.choice('left', 'right');
  }

  private named(role: TokenRole): JsonNode {
    const key = `${role}_token`;
    return this.fileWith(key).get(key);
  }

  private fileWith(key: string): JsonNode {
    return this.config.get(key).isNull ? this.map : this.config;
  }
}

/** The contents of a tokenizer_config.json. */
export function tokenizerConfigOf(parts: TokenizerParts, specialTokens: SpecialTokens): object {
  const roles = tokenRoles.filter((role) => specialTokens[role] !== undefined);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: parts.cleanUpTokenizationSpaces ?? false,
    model_max_length: parts.modelMaxLength,
    padding_side: parts.paddingSide,
    truncation_side: parts.truncationSide,
    chat_template: chatTemplatesToConfig(parts.chatTemplates ?? {}),
    ...Object.fromEntries(roles.map((role) => [`${role}_token`, specialTokens[role]])),
  };
}

const plain = { normalized: true, special: false };

const contentOf = (json: JsonNode): string =>
  (typeof json.value === 'string' ? json : json.get('content')).string();

/** Reads a token that is a text, or an object with flags. */
function readToken(json: JsonNode, missing: AddedTokenFields): AddedTokenFields {
  if (typeof json.value === 'string') return missing;
  const flags = ['single_word', 'lstrip', 'rstrip', 'normalized', 'special'] as const;
  const given = flags.filter((key) => !json.get(key).isNull);
  return { ...missing, ...Object.fromEntries(given.map((key) => [key, json.get(key).boolean()])) };
}
