import { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';
import type { PostProcessor } from './post_processor.js';

/** A place of a template: the text (A), its pair (B), or special tokens by their name. */
export type TemplatePiece =
  | { Sequence: { id: 'A' | 'B'; type_id: number } }
  | { SpecialToken: { id: string; type_id: number } };

/** One or several tokens under one name. */
interface TemplateToken {
  id: string;
  ids: number[];
  tokens: string[];
}

export interface Template {
  /** For a text alone. */
  single: TemplatePiece[];
  /** For a pair. */
  pair: TemplatePiece[];
  special_tokens: Record<string, TemplateToken>;
}

/** Puts texts and special tokens in the order of a template, such as `[CLS] $A [SEP] $B:1 [SEP]:1`. */
export class TemplateProcessing implements PostProcessor {
  /** The special tokens of each piece of the template that has some. */
  private readonly added: ReadonlyMap<TemplatePiece, Encoding>;

  constructor(private readonly template: Template) {
    this.added = new Map(
      [...template.single, ...template.pair].flatMap((piece) =>
        'SpecialToken' in piece ? [[piece, this.tokensOf(piece.SpecialToken)]] : [],
      ),
    );
  }

  static fromJSON(json: JsonNode): TemplateProcessing {
    const specialTokens = json.get('special_tokens');
    const tokens = new Map(specialTokens.entries().map(([name, node]) => [name, readToken(node)]));
    const readPieces = (key: 'single' | 'pair') => {
      const sequences = key === 'single' ? (['A'] as const) : (['A', 'B'] as const);
      const pieces = json.get(key).items();
      return pieces.map((piece) => readPiece(piece, sequences, tokens));
    };
    return new TemplateProcessing({
      single: readPieces('single'),
      pair: readPieces('pair'),
      special_tokens: Object.fromEntries(tokens),
    });
  }

  addedTokens(isPair: boolean): number {
    return this.pieces(isPair).reduce((sum, piece) => sum + (this.added.get(piece)?.length ?? 0), 0);
  }

  /** @throws Error if there are more than two encodings, as after another template */
  process(encodings: Encoding[], addSpecialTokens: boolean): Encoding[] {
    if (encodings.length > 2)
      throw new Error(
        `a template takes a text or a pair, but gets ${encodings.length} parts from one before it`,
      );
    return this.pieces(encodings.length > 1).flatMap((piece) => {
      if ('Sequence' in piece) {
        const { id, type_id } = piece.Sequence;
        return [encodings[id === 'A' ? 0 : 1]!.withTypeId(type_id)];
      }
      return addSpecialTokens ? [this.added.get(piece)!] : [];
    });
  }

  toJSON(): object {
    return { type: 'TemplateProcessing', ...this.template };
  }

  private tokensOf({ id, type_id }: { id: string; type_id: number }): Encoding {
    return Encoding.added({ ...this.template.special_tokens[id]!, typeId: type_id, attention: 1 });
  }

  private pieces(isPair: boolean): TemplatePiece[] {
    return isPair ? this.template.pair : this.template.single;
  }
}

function readToken(json: JsonNode): TemplateToken {
  const ids = json
    .get('ids')
    .items()
    .map((id) => id.integer());
  const tokens = json
    .get('tokens')
    .items()
    .map((token) => token.string());
  if (ids.length !== tokens.length)
    throw json.get('tokens').error(`must be as many as the ${ids.length} ids`);
  return { id: json.get('id').string(), ids, tokens };
}

function readPiece(
  json: JsonNode,
  sequences: readonly ('A' | 'B')[],
  tokens: ReadonlyMap<string, unknown>,
): TemplatePiece {
  const sequence = json.get('Sequence');
  const piece = sequence.value === undefined ? json.get('SpecialToken') : sequence;
  const type_id = piece.get('type_id').integer();
  if (piece === sequence) return { Sequence: { id: piece.get('id').choice(...sequences), type_id } };
  const id = piece.get('id').string();
  if (!tokens.has(id)) throw piece.get('id').error('must be one of special_tokens');
  return { SpecialToken: { id, type_id } };
}
