import type { JsonNode } from '../json/json_node.js';
import { asciiToByteCharacters, isAscii, normalizeToByteCharacters } from '../text/byte_level.js';
import { wordEnd } from '../text/gpt2_words.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

export interface ByteLevelOptions {
  /** Puts a space before a text that has none, so that its first word is like all others. */
  addPrefixSpace: boolean;
  /** For the post-processor of this name; nothing here. */
  trimOffsets: boolean;
  /** Splits into words as GPT-2 does; without it a text is one word. */
  useRegex: boolean;
}

/** Splits into words that keep the space before them, and writes each byte as a character, as in GPT-2. */
export class ByteLevel implements PreTokenizer {
  constructor(private readonly options: ByteLevelOptions) {}

  static fromJSON(json: JsonNode): ByteLevel {
    return new ByteLevel(byteLevelOptionsFromJSON(json));
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    const { addPrefixSpace, useRegex } = this.options;
    const lacksSpace = addPrefixSpace && !text.text.startsWith(' ');
    if (useRegex) return splitWords(text, lacksSpace);
    return text.length > 0 ? [normalizeToByteCharacters(lacksSpace ? text.prepend(' ') : text)] : [];
  }

  toJSON(): object {
    return byteLevelOptionsToJSON(this.options);
  }
}

export function byteLevelOptionsFromJSON(json: JsonNode): ByteLevelOptions {
  const useRegex = json.get('use_regex');
  return {
    addPrefixSpace: json.get('add_prefix_space').boolean(),
    trimOffsets: json.get('trim_offsets').boolean(),
    useRegex: useRegex.value === undefined || useRegex.boolean(),
  };
}

export function byteLevelOptionsToJSON({ addPrefixSpace, trimOffsets, useRegex }: ByteLevelOptions): object {
  return {
    type: 'ByteLevel',
    add_prefix_space: addPrefixSpace,
    trim_offsets: trimOffsets,
    use_regex: useRegex,
  };
}

function splitWords(normalized: NormalizedString, lacksSpace: boolean): NormalizedString[] {
  const { text } = normalized;
  const words: NormalizedString[] = [];
  let start = 0;
  if (lacksSpace && text !== '') {
    start = wordEnd(text, 0, true);
    // where white space follows, the new space is a word of its own
    const first = start > 0 ? normalized.slice(0, start).prepend(' ') : normalized.slice(0, 1).replace(' ');
    words.push(normalizeToByteCharacters(first));
  }
  const ascii = normalized.replace(asciiToByteCharacters(text)); // what words of ASCII are cut from
  while (start < text.length) {
    const end = wordEnd(text, start);
    words.push(
      isAscii(text, start, end)
        ? ascii.slice(start, end)
        : normalizeToByteCharacters(normalized.slice(start, end)),
    );
    start = end;
  }
  return words;
}
