import type { JsonNode } from './json/json_node.js';
import type { SpecialTokens } from './special_tokens.js';

/** A message of a conversation, as the model's template knows them. */
export interface ChatMessage {
  /** Who says it: `system`, `user`, `assistant` or what else the template knows. */
  role: string;
  /** A text, or what else the template takes. */
  content?: unknown;
  readonly [field: string]: unknown;
}

/** How a conversation is written. */
export interface ChatOptions {
  /** Whether the model's answer is begun. Default false. */
  addGenerationPrompt?: boolean;
  /** Whether the last message is left open, for the model to go on with. Default false. */
  continueFinalMessage?: boolean;
  /** The name of one of the model's templates, or a template of your own. */
  template?: string;
  /** Functions that the model may call, as JSON schemas. */
  tools?: readonly object[];
  /** Documents to answer from. */
  documents?: readonly object[];
  /** Other variables of the template. */
  variables?: Readonly<Record<string, unknown>>;
}

/** The templates in Jinja by which a model's conversations are written, by name; one alone is called `default`. */
export type ChatTemplates = Readonly<Record<string, string>>;

/** Reads `chat_template` of a tokenizer_config.json: a template, or a list of them with names. */
export function chatTemplatesFromConfig(json: JsonNode): ChatTemplates {
  if (json.isNull) return {};
  if (typeof json.value === 'string') return { default: json.string() };
  return Object.fromEntries(
    json.items().map((item) => [item.get('name').string(), item.get('template').string()]),
  );
}

/** The same as tokenizer_config.json has it; undefined if there is none. */
export function chatTemplatesToConfig(templates: ChatTemplates): unknown {
  const named = Object.entries(templates);
  if (named.length === 0) return undefined;
  if (named.length === 1 && templates.default !== undefined) return templates.default;
  return named.map(([name, template]) => ({ name, template }));
}

/**
 * The text of a conversation. A template sees `messages`, `tools`, `documents`, `add_generation_prompt` and the special
 * tokens as `bos_token`, `eos_token` and so on.
 *
 * @throws Error if there is no such template, or it refuses the messages
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export async function renderChat(
  messages: readonly ChatMessage[],
  templates: ChatTemplates,
  specialTokens: SpecialTokens,
  options: ChatOptions,
): Promise<string> {
  const { addGenerationPrompt = false, continueFinalMessage = false, tools } = options;
  if (addGenerationPrompt && continueFinalMessage)
    throw new RangeError('addGenerationPrompt must be false if continueFinalMessage is true, but is true');
  const source = chooseTemplate(templates, options.template, tools !== undefined);
  const { Template } = await import('@huggingface/jinja');
  const named = Object.entries(specialTokens).map(([role, token]) => [`${role}_token`, token]);
  try {
    const rendered = new Template(source).render({
      ...Object.fromEntries(named),
      messages,
      tools: tools ?? null,
      documents: options.documents ?? null,
      add_generation_prompt: addGenerationPrompt,
      ...options.variables,
    });
    return continueFinalMessage ? upToFinalMessage(rendered, messages) : rendered;
  } catch (error) {
    throw new Error(`the chat template cannot be used: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
    });
  }
}

/** What a conversation is up to the end of its last message, whose spaces a template may have taken away. */
function upToFinalMessage(rendered: string, messages: readonly ChatMessage[]): string {
  const content = messages.at(-1)?.content;
  const parts = Array.isArray(content) ? content : [{ text: content }];
  const text: unknown = parts.findLast((part) => typeof part?.text === 'string')?.text;
  const start = typeof text === 'string' ? rendered.lastIndexOf(text.trim()) : -1;
  if (typeof text !== 'string' || start < 0)
    throw new Error('the last message has no text that it leaves as it is');
  const whole = text.trimStart();
  return rendered.slice(0, start) + (rendered.startsWith(whole, start) ? whole : text.trim());
}

function chooseTemplate(templates: ChatTemplates, asked: string | undefined, hasTools: boolean): string {
  if (asked !== undefined) return Object.hasOwn(templates, asked) ? templates[asked]! : asked;
  const found = (hasTools ? templates.tool_use : undefined) ?? templates.default;
  if (found !== undefined) return found;
  const names = Object.keys(templates).join(', ');
  throw new Error(
    names === ''
      ? 'template must be given, as the tokenizer has no chat template (a file chat_template.jinja)'
      : `template must be given, one of ${names}`,
  );
}
