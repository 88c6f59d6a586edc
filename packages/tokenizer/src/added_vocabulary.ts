import type { AddedToken } from './added_token.js';
import type { Model } from './models/model.js';
import type { Normalizer } from './normalizers/normalizer.js';
import { characterAt, characterBefore, startsWithSpace, startsWithWord } from './text/characters.js';
import { NormalizedString } from './text/normalized_string.js';
import { escapeRegex } from './text/pattern.js';

/** A piece of a text: an added token if it has an id. */
export interface Piece {
  text: NormalizedString;
  id?: number;
}

interface Entry extends AddedToken {
  id: number;
  /** How the token is looked for and decoded. */
  pattern: string;
}

/** The tokens that a tokenizer has beside its model's, which may be among the model's too. */
export class AddedVocabulary {
  private readonly byId = new Map<number, Entry>();
  private readonly byContent = new Map<string, Entry>();
  private matchers: { plain: Matcher; normalized: Matcher } | undefined;

  /**
   * A token that the model has keeps its id there; the others get the ids after the model's, in their order.
   */
  constructor(
    tokens: readonly AddedToken[],
    model: Model,
    private readonly normalizer: Normalizer | undefined,
  ) {
    let next = model.size;
    for (const token of tokens) {
      if (token.content === '') continue;
      const id = this.byContent.get(token.content)?.id ?? model.tokenToId(token.content) ?? next++;
      const pattern = token.normalized
        ? this.normalize(NormalizedString.of(token.content)).text
        : token.content;
      const entry = { ...token, id, pattern };
      this.byContent.set(token.content, entry);
      this.byId.set(id, entry);
    }
  }

  id(token: string): number | undefined {
    return this.byContent.get(token)?.id;
  }

  /** The token as decoded text has it: normalized if the text was. */
  token(id: number): string | undefined {
    return this.byId.get(id)?.pattern;
  }

  isSpecial(id: number): boolean {
    return this.byId.get(id)?.special ?? false;
  }

  /** The tokens with their ids, by rising id. */
  entries(): (AddedToken & { id: number })[] {
    return [...this.byId.values()].sort((a, b) => a.id - b.id);
  }

  /**
   * Takes the added tokens out of a text, and normalizes the rest.
   *
   * @param splitSpecial take special tokens for ordinary text
   */
  extract(text: string, splitSpecial: boolean): Piece[] {
    this.matchers ??= this.makeMatchers();
    const { plain, normalized } = this.matchers;
    return plain
      .split(NormalizedString.of(text), splitSpecial)
      .flatMap((piece) =>
        piece.id === undefined ? normalized.split(this.normalize(piece.text), splitSpecial) : [piece],
      );
  }

  toJSON(): object[] {
    return this.entries().map(({ id, content, singleWord, lstrip, rstrip, normalized, special }) => {
      return { id, content, single_word: singleWord, lstrip, rstrip, normalized, special };
    });
  }

  private makeMatchers() {
    const entries = [...this.byId.values()];
    return {
      plain: new Matcher(entries.filter(({ normalized }) => !normalized)),
      normalized: new Matcher(entries.filter(({ normalized }) => normalized)),
    };
  }

  private normalize(text: NormalizedString): NormalizedString {
    return this.normalizer?.normalize(text) ?? text;
  }
}

/** Finds tokens in a text: the leftmost first, of several there the longest. */
class Matcher {
  private readonly entries = new Map<string, Entry>();
  private readonly regex: RegExp | undefined;

  constructor(entries: Entry[]) {
    for (const entry of entries) {
      if (entry.pattern !== '' && !this.entries.has(entry.pattern)) this.entries.set(entry.pattern, entry);
    }
    const longestFirst = [...this.entries.keys()].sort((a, b) => b.length - a.length);
    if (longestFirst.length > 0) this.regex = new RegExp(longestFirst.map(escapeRegex).join('|'), 'gu');
  }

  /** Cuts a text at the tokens in it; empty pieces are left out. */
  split(normalized: NormalizedString, splitSpecial: boolean): Piece[] {
    const { text } = normalized;
    const pieces: Piece[] = [];
    let last = 0;
    const add = (start: number, end: number, id?: number) => {
      if (start < end) pieces.push({ text: normalized.slice(start, end), id });
    };
    for (const match of this.regex ? text.matchAll(this.regex) : []) {
      const token = this.entries.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.special && splitSpecial) continue;
      if (token.singleWord && touchesWord(text, start, end)) continue;
      while (token.lstrip && start > last && startsWithSpace(characterBefore(text, start))) start--;
      if (token.lstrip) start = Math.max(start, last); // where the token before took it along
      while (token.rstrip && startsWithSpace(characterAt(text, end))) end++;
      add(last, start);
      add(start, end, token.id);
      last = end;
    }
    add(last, text.length);
    return pieces;
  }
}

const touchesWord = (text: string, start: number, end: number) =>
  startsWithWord(characterBefore(text, start)) || startsWithWord(characterAt(text, end));
