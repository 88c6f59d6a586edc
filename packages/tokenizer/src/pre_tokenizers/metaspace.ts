import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Whether pieces get the mark of a space at their start if they have none: all, none, or what starts the text. */
const prependSchemes = ['always', 'never', 'first'] as const;
type PrependScheme = (typeof prependSchemes)[number];

export interface MetaspaceOptions {
  /** The character that spaces become, usually `▁`. */
  replacement: string;
  prependScheme: PrependScheme;
  /** Splits before each mark. */
  split: boolean;
}

/** Writes spaces as a mark, as SentencePiece does, and splits before each. */
export class Metaspace implements PreTokenizer {
  constructor(private readonly options: MetaspaceOptions) {}

  static fromJSON(json: JsonNode): Metaspace {
    return new Metaspace(metaspaceOptionsFromJSON(json));
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    if (text.length === 0) return [];
    const { replacement, prependScheme, split } = this.options;
    const marked = mark(text, replacement);
    const [first, ...rest] = split ? splitBefore(marked, replacement) : [marked];
    const lacksMark =
      !marked.text.startsWith(replacement) &&
      (prependScheme === 'always' || (prependScheme === 'first' && text.originalOffsets()[0] === 0));
    return [lacksMark ? first!.prepend(replacement) : first!, ...rest];
  }

  toJSON(): object {
    return metaspaceOptionsToJSON(this.options);
  }
}

/**
 * Reads the old spelling `add_prefix_space` too; false means `never`. The reference refuses it if `prepend_scheme` is
 * missing.
 */
export function metaspaceOptionsFromJSON(json: JsonNode): MetaspaceOptions {
  const scheme = json.get('prepend_scheme');
  const addPrefixSpace = json.get('add_prefix_space');
  const split = json.get('split');
  const without = !addPrefixSpace.isNull && !addPrefixSpace.boolean();
  const prependScheme =
    scheme.value === undefined ? (without ? 'never' : 'always') : scheme.choice(...prependSchemes);
  if (without && prependScheme !== 'never')
    throw scheme.error('must be never where add_prefix_space is false');
  return {
    replacement: json.get('replacement').character(),
    prependScheme,
    split: split.isNull || split.boolean(),
  };
}

export function metaspaceOptionsToJSON({ replacement, prependScheme, split }: MetaspaceOptions): object {
  return { type: 'Metaspace', replacement, prepend_scheme: prependScheme, split };
}

function mark(text: NormalizedString, replacement: string): NormalizedString {
  if (replacement.length === 1) return text.replace(text.text.replaceAll(' ', replacement));
  const characters = Array.from(text.text, (character) => (character === ' ' ? replacement : character));
  return text.transform(characters, Array<number>(characters.length).fill(0));
}

function splitBefore(text: NormalizedString, character: string): NormalizedString[] {
  const pieces: NormalizedString[] = [];
  for (let start = 0; start < text.length; ) {
    const next = text.text.indexOf(character, start + 1);
    const end = next === -1 ? text.length : next;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
