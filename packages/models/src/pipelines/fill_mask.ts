import type { Tokenizer } from '@chui/tokenizer';
import { gather } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { AutoModelForMaskedLM } from '../auto/auto_models.js';
import { positiveInteger } from '../config.js';
import { MaskedLM } from '../encoder/heads/masked_lm.js';
import { shown } from '../shown.js';
import {
  checkText,
  commonOptions,
  flag,
  oneOrMany,
  type PipelineBase,
  softmax,
  type TaskDefinition,
} from './pipeline_task.js';
import { TextRunner } from './text_runner.js';

/** A token in the place of a mask. */
export interface FilledMask {
  /** Its probability, among all tokens. */
  score: number;
  token: number;
  tokenStr: string;
  /** The text with the token in the place of this mask; other masks stay. */
  sequence: string;
}

const schema = z.object({
  ...commonOptions,
  /** How many tokens are given, the likeliest first. Default 5. */
  topK: positiveInteger.default(5),
  /** The tokens that are chosen from, or texts whose first token is. Default: all. */
  targets: z
    .union(
      [z.string().transform((target) => [target]), z.array(z.string())],
      'must be a text or a list of texts',
    )
    .optional(),
  /** Whether texts that are too long are cut; else they are an error. Default true. */
  truncation: flag.default(true),
});

/** Options of a call, and of the pipeline. */
export type FillMaskOptions = z.input<typeof schema>;

/** Says which tokens may stand for the masks of a text: a list, or where there are several masks a list for each. */
export interface FillMaskPipeline extends PipelineBase<MaskedLM> {
  (text: string, options?: FillMaskOptions): Promise<FilledMask[] | FilledMask[][]>;
  (texts: readonly string[], options?: FillMaskOptions): Promise<(FilledMask[] | FilledMask[][])[]>;
}

/** @see FillMaskPipeline in Hugging Face's library, whose results these are */
export const fillMask: TaskDefinition<MaskedLM, typeof schema> = {
  task: 'fill-mask',
  kinds: [MaskedLM],
  auto: AutoModelForMaskedLM,
  schema,
  make(model, tokenizer) {
    const maskId = tokenizer.maskTokenId;
    const { pad } = tokenizer.specialTokens;
    const padId = pad === undefined ? undefined : tokenizer.tokenToId(pad);
    const runner = new TextRunner(model, tokenizer, ({ slots, ...batch }) => {
      return { logits: gather(model.forward(batch).logits, slots!, 1, 1) }; // (B, M, V)
    });
    return {
      async run(input, { topK, targets, truncation, batchSize }) {
        const targetIds = targets && idsOf(targets, tokenizer);
        const fill = async (texts: readonly string[]) => {
          const encodings = texts.map((text) => runner.encode(checkText('text', text), { truncation }));
          const slots = encodings.map(({ ids }) => [...ids.keys()].filter((i) => ids[i] === maskId));
          const without = slots.findIndex((masks) => masks.length === 0);
          if (without >= 0) {
            throw new RangeError(
              `text must have the mask token ${tokenizer.specialTokens.mask}, but is ${shown(texts[without])}`,
            );
          }
          const rows = await runner.run(encodings, { batchSize, slots });
          return rows.map(({ logits: { data, shape } }, i) => {
            const [width, masks] = [shape[1]!, slots[i]!];
            const filled = masks.map((mask, which) => {
              const scores = softmax(data.subarray(which * width, (which + 1) * width));
              return highest(scores, topK, targetIds).map((token) => {
                const ids = encodings[i]!.ids.map((id, place) => (place === mask ? token : id)).filter(
                  (id) => id !== padId,
                );
                return {
                  score: scores[token]!,
                  token,
                  tokenStr: tokenizer.decode([token]),
                  sequence: tokenizer.decode(ids, { skipSpecialTokens: masks.length === 1 }),
                };
              });
            });
            return masks.length === 1 ? filled[0]! : filled;
          });
        };
        return oneOrMany<string, FilledMask[] | FilledMask[][]>(input as string | string[], fill);
      },
      dispose: () => runner.dispose(),
    };
  },
};

/** The ids of the highest scores, of all or of some. */
function highest(scores: readonly number[], count: number, among?: readonly number[]): number[] {
  const best: number[] = [];
  for (const id of among ?? scores.keys()) {
    if (best.length === count && !(scores[id]! > scores[best.at(-1)!]!)) continue;
    const place = best.findIndex((other) => scores[id]! > scores[other]!);
    best.splice(place < 0 ? best.length : place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** The tokens that targets name. */
function idsOf(targets: readonly string[], tokenizer: Tokenizer): number[] {
  const ids = targets.flatMap((target) => {
    const id = tokenizer.tokenToId(target);
    if (id !== undefined) return [id];
    const options = { addSpecialTokens: false, padding: false, truncation: false };
    return tokenizer.encode(target, options).ids.slice(0, 1);
  });
  if (ids.length > 0) return [...new Set(ids)];
  throw new RangeError(`targets must have a token at least, but are ${shown(targets)}`);
}
