import { CharacterSet } from './character_set.js';
import type { RegexNode } from './parser.js';

export const Operation = {
  /** The match, or that of a look-around or an atomic group, is found. */
  Accept: 0,
  /** Goes over one character of `set`. */
  Character: 1,
  /** Goes back over one character of `set`. */
  Back: 2,
  /** Goes on with `next`, and with `other` if that fails. */
  Split: 3,
  /** Goes over as many characters of `set` as there are, up to `max`, then over fewer. */
  Run: 4,
  /** The same, never over fewer. */
  PossessiveRun: 5,
  /** Whether a character of `set` follows; or not, if `negated`. */
  Follows: 6,
  /** Whether a character of `set` stands before. */
  Precedes: 7,
  /** Whether `body` matches. */
  Look: 8,
  /** Goes over the first match of `body`; on with `other` if that is empty. */
  Atomic: 9,
  Start: 10,
  End: 11,
} as const;

/** A step of a search. */
export interface Instruction {
  operation: number;
  /** Its place in the program. */
  index: number;
  set: CharacterSet;
  next: Instruction;
  other: Instruction;
  body: Instruction;
  max: number;
  negated: boolean;
  /** Whether it belongs to a body. */
  nested: boolean;
  /** Whether several ways lead to it; false for runs, which remember more than one position. */
  joins: boolean;
  /** Of a split, by the page and the place of the code point that follows: where all but hopeless ways lead. */
  targets: Instruction[][];
}

const blank: Omit<Instruction, 'operation' | 'index' | 'nested' | 'targets'> = {
  joins: false,
  set: undefined as never,
  next: undefined as never,
  other: undefined as never,
  body: undefined as never,
  max: 0,
  negated: false,
};

export interface Program {
  instructions: Instruction[];
  entry: Instruction;
}

type SetNode = RegexNode & { type: 'set' };
type Repeat = RegexNode & { type: 'repeat' };

const maximumInstructions = 5_000;

/** @throws Error if repetitions make the program too long */
export function compileRegex(node: RegexNode): Program {
  const compiler = new Compiler();
  const entry = compiler.whole(node);
  markJoins(compiler.instructions, entry);
  return { instructions: compiler.instructions, entry };
}

/** Each loop has a join: what begins its round is reached from outside too. */
function markJoins(instructions: Instruction[], entry: Instruction): void {
  const reached = new Set([entry]);
  for (const { next, other, body } of instructions) {
    // what an operation does not use is undefined
    for (const target of [next, other, body].filter(Boolean)) {
      if (reached.has(target)) target.joins = !isRun(target);
      else reached.add(target);
    }
  }
}

const isRun = ({ operation }: Instruction) =>
  operation === Operation.Run || operation === Operation.PossessiveRun;

/**
 * Compiles from the end to the beginning: each part is given what follows it. A round of a loop that goes over nothing
 * leaves the loop, so that what follows can differ by whether a part went over something; then a part is compiled twice.
 */
class Compiler {
  readonly instructions: Instruction[] = [];
  private readonly sets = new Map<string, CharacterSet>();
  private backward = false;
  private nested = false;

  whole(node: RegexNode): Instruction {
    const accept = this.emit(Operation.Accept);
    return this.compile(node, accept, accept);
  }

  /**
   * @param advanced what follows if characters were gone over since the innermost loop began its round
   * @param still what follows if not
   */
  private compile(node: RegexNode, advanced: Instruction, still: Instruction): Instruction {
    switch (node.type) {
      case 'set':
        return this.emit(this.backward ? Operation.Back : Operation.Character, {
          set: this.set(node),
          next: advanced,
        });
      case 'sequence':
        return this.sequence(this.backward ? node.parts : node.parts.toReversed(), advanced, still);
      case 'alternatives':
        return node.options.reduceRight<Instruction | undefined>((other, option) => {
          const next = this.compile(option, advanced, still);
          return other ? this.emit(Operation.Split, { next, other }) : next;
        }, undefined)!;
      case 'repeat':
        return this.repeat(node, advanced, still);
      case 'look':
        return this.look(node, still);
      case 'atomic':
        return this.atomic(node.body, advanced, still);
      case 'start':
        return this.emit(Operation.Start, { next: still });
      case 'end':
        return this.emit(Operation.End, { next: still });
    }
  }

  /** @param parts the last first, as they are met from the end */
  private sequence(parts: RegexNode[], advanced: Instruction, still: Instruction): Instruction {
    let [afterAdvance, afterStill] = [advanced, still];
    for (const part of parts) {
      const entry = this.compile(part, afterAdvance, afterStill);
      afterAdvance = afterAdvance === afterStill ? entry : this.compile(part, afterAdvance, afterAdvance);
      afterStill = entry;
    }
    return afterStill;
  }

  private repeat(node: Repeat, advanced: Instruction, still: Instruction): Instruction {
    const { body, min, max } = node;
    if (min > 0) {
      const required = Array.from({ length: min }, () => body);
      return this.sequence([{ ...node, min: 0, max: max - min }, ...required], advanced, still);
    }
    if (max === 0) return still;
    if (!node.lazy && body.type === 'set' && !this.backward && advanced === still) {
      return this.emit(Operation.Run, { set: this.set(body), next: advanced, max });
    }
    return max === Number.POSITIVE_INFINITY
      ? this.loop(node, advanced, still)
      : this.optional(node, advanced, still);
  }

  private loop(node: Repeat, advanced: Instruction, still: Instruction): Instruction {
    const again = this.emit(Operation.Split);
    const choose = (entry: Instruction, exit: Instruction) =>
      Object.assign(entry, this.choice(node, this.compile(node.body, again, exit), exit));
    choose(again, advanced);
    return advanced === still ? again : choose(this.emit(Operation.Split), still);
  }

  private optional(node: Repeat, advanced: Instruction, still: Instruction): Instruction {
    let [afterAdvance, afterStill] = [advanced, still];
    const choose = (next: Instruction, nextStill: Instruction, exit: Instruction) =>
      this.emit(Operation.Split, this.choice(node, this.compile(node.body, next, nextStill), exit));
    for (let i = 0; i < node.max; i++) {
      const entry = choose(afterAdvance, afterStill, still);
      afterAdvance = advanced === still ? entry : choose(afterAdvance, afterAdvance, advanced);
      afterStill = entry;
    }
    return afterStill;
  }

  /** A split between one more round and none. */
  private choice({ lazy }: Repeat, round: Instruction, exit: Instruction): Partial<Instruction> {
    return lazy ? { next: exit, other: round } : { next: round, other: exit };
  }

  private body(node: RegexNode, backward: boolean): Instruction {
    const { backward: outerBackward, nested } = this;
    this.backward = backward;
    this.nested = true;
    const entry = this.whole(node);
    this.backward = outerBackward;
    this.nested = nested;
    return entry;
  }

  private look(node: RegexNode & { type: 'look' }, next: Instruction): Instruction {
    const { body, behind, negated } = node;
    return body.type === 'set'
      ? this.emit(behind ? Operation.Precedes : Operation.Follows, { set: this.set(body), negated, next })
      : this.emit(Operation.Look, { body: this.body(body, behind), negated, next });
  }

  private atomic(body: RegexNode, advanced: Instruction, still: Instruction): Instruction {
    if (this.backward) throw new Error('the regular expression has an atomic group in a look-behind');
    if (body.type === 'repeat' && body.body.type === 'set' && !body.lazy && advanced === still) {
      const run = { set: this.set(body.body), next: advanced, max: body.max - body.min };
      const required = Array.from({ length: body.min }, () => body.body);
      const rest = this.emit(Operation.PossessiveRun, run);
      return this.sequence(required, rest, rest);
    }
    return this.emit(Operation.Atomic, { body: this.body(body, false), next: advanced, other: still });
  }

  private set({ source, ignoreCase }: SetNode): CharacterSet {
    const flags = ignoreCase ? 'iv' : 'v';
    const key = flags + source;
    const set = this.sets.get(key) ?? new CharacterSet(new RegExp(`^[${source}]$`, flags));
    this.sets.set(key, set);
    return set;
  }

  private emit(operation: number, fields: Partial<Instruction> = {}): Instruction {
    const index = this.instructions.length;
    if (index === maximumInstructions) {
      throw new Error(`the regular expression takes over ${maximumInstructions} steps, repetitions counted`);
    }
    const instruction = { ...blank, operation, index, nested: this.nested, targets: [], ...fields };
    this.instructions.push(instruction);
    return instruction;
  }
}

/**
 * Where a split leads if the character `code` follows, at the text's end 0x110000: to a split of which neither way is
 * hopeless, to where several ways join, or to something else.
 */
export function splitTarget(split: Instruction, code: number): Instruction {
  let target = split;
  while (target.operation === Operation.Split) {
    const next = canBegin(target.next, code);
    if (next && canBegin(target.other, code)) break;
    target = next ? target.next : target.other;
    if (target.joins) break;
  }
  split.targets[code >> 8] ??= [];
  split.targets[code >> 8]![code & 255] = target;
  return target;
}

/** False if what begins with `start` cannot match before the character `code`; true if it may. */
function canBegin(start: Instruction, code: number): boolean {
  const open = [start];
  for (let looked = 0; looked < 100; looked++) {
    const at = open.pop();
    switch (at?.operation) {
      case undefined:
        return false;
      case Operation.Character:
        if (has(at, code)) return true;
        break;
      case Operation.Split:
        open.push(at.next, at.other);
        break;
      case Operation.Run:
      case Operation.PossessiveRun:
        if (has(at, code)) return true;
        open.push(at.next);
        break;
      case Operation.Follows:
        if (has(at, code) !== at.negated) open.push(at.next);
        break;
      case Operation.End:
        if (code > 0x10ffff) open.push(at.next);
        break;
      case Operation.Precedes:
      case Operation.Start:
        open.push(at.next);
        break;
      default:
        return true;
    }
  }
  return true;
}

const has = ({ set }: Instruction, code: number) => code <= 0x10ffff && set.has(code);
