import {
  concat,
  max,
  min,
  reshape,
  type serialization,
  slice,
  softmax,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  partOf,
  register,
  type Shapes,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';

type Part = Layer | serialization.ConfigDict;

export interface EarlyExitArgs extends LayerArgs {
  /** The layers of the stack, in order; each puts out the shape of its first input. */
  blocks: readonly Part[];
  /** For each block, what makes logits of its states: (B, …, D) → (B, …, C). */
  heads: readonly Part[];
}

/** When examples leave. */
export interface ExitOptions {
  /** From 0, at which all leave from the first block, to above 1, at which none leaves early. */
  confidence: number;
  /** Which places of an example (…) a head must be sure of; the last is where a next token is read. Default `all`. */
  places?: 'all' | 'last';
}

/** What `exit` gives. */
export interface Exited {
  /** (B, …, C), of each example those of the block that it left from. */
  logits: Tensor;
  /** How many blocks each example went through. */
  blocks: number[];
}

/**
 * Early exit: a stack with a head behind every block, so that examples which are easy leave it early.
 *
 * - inputs: x (B, …, D), or [x, …others], which every block gets too, as a mask
 * - outputs: the logits of every head, in order, for training: the loss is the mean of theirs
 * - weights: block_0/… head_0/… block_1/… head_1/…
 *
 * `exit` goes through the blocks one by one and reads back how sure each head is; it is not for `jit`, but its blocks may be.
 *
 * @throws RangeError if there are not as many heads as blocks, or none
 * @see Teerapittayanon et al. (2016), BranchyNet, https://arxiv.org/abs/1709.01686; Xin et al. (2020), DeeBERT,
 *   https://arxiv.org/abs/2004.12993
 */
export class EarlyExit extends Layer {
  static readonly className = 'ChuiEarlyExit';
  readonly blocks: readonly Layer[];
  readonly heads: readonly Layer[];

  constructor({ blocks, heads, ...args }: EarlyExitArgs) {
    super(args);
    if (blocks.length === 0 || heads.length !== blocks.length) {
      throw new RangeError(
        `heads must be as many as blocks, ${blocks.length}, and at least 1, but are ${heads.length}`,
      );
    }
    const owned = (part: Part, name: string) => this.own(name, partOf(name, part, 'a layer of chui', Layer));
    const pairs = blocks.map(
      (block, i) => [owned(block, `block_${i}`), owned(heads[i]!, `head_${i}`)] as const,
    );
    this.blocks = pairs.map(([block]) => block);
    this.heads = pairs.map(([, head]) => head);
  }

  override build(shapes: Shapes): void {
    const [x] = shapeList(shapes) as [Shape];
    for (const [i, block] of this.blocks.entries()) {
      this.buildOwned(block, shapes);
      this.buildOwned(this.heads[i]!, x);
    }
    super.build(shapes);
  }

  override call(inputs: Tensors, options: { training?: boolean } = {}): Tensor[] {
    return tidy(() => {
      const [x, ...others] = [inputs].flat() as [Tensor, ...Tensor[]];
      let states = x;
      return this.blocks.map((block, i) => {
        states = this.through(block, states, others, options);
        return this.heads[i]!.call(states, options) as Tensor;
      });
    });
  }

  /**
   * Logits of each example from the first head that is sure of it: at its places the likeliest class has at least a
   * probability of `confidence`. The batch goes on until no example is left, so that its last one decides how long it
   * takes.
   */
  exit(inputs: Tensors, { confidence, places = 'all' }: ExitOptions): Exited {
    const [x, ...others] = [inputs].flat() as [Tensor, ...Tensor[]];
    const left = Array<number>(x.shape[0]!).fill(0);
    const logits = tidy(() => {
      const rows: Tensor[] = Array(left.length);
      let states = x;
      for (const [i, block] of this.blocks.entries()) {
        states = this.through(block, states, others, {});
        const found = this.heads[i]!.call(states, {}) as Tensor;
        const sure = tidy(() => {
          const likeliest = reshape(max(softmax(found), -1), [left.length, -1]); // of each example, each place
          const last = likeliest.shape[1]! - 1;
          return (places === 'all' ? min(likeliest, 1) : slice(likeliest, [0, last], [-1, 1])).dataSync();
        });
        const isLast = i === this.blocks.length - 1;
        for (const [example, at] of left.entries()) {
          if (at > 0 || !(isLast || sure[example]! >= confidence)) continue;
          left[example] = i + 1;
          rows[example] = slice(
            found,
            [example, ...found.shape.slice(1).fill(0)],
            [1, ...found.shape.slice(1)],
          );
        }
        if (left.every((at) => at > 0)) break;
      }
      return concat(rows, 0);
    });
    return { logits, blocks: left };
  }

  private through(block: Layer, states: Tensor, others: Tensor[], options: { training?: boolean }): Tensor {
    return block.call(others.length > 0 ? [states, ...others] : states, options) as Tensor;
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const [x] = shapeList(shapes) as [Shape];
    return this.heads.map((head) => head.computeOutputShape(x) as Shape);
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      blocks: this.blocks.map(serializeLayer),
      heads: this.heads.map(serializeLayer),
    };
  }
}
register(EarlyExit);

export const earlyExit = (args: EarlyExitArgs) => new EarlyExit(args);
