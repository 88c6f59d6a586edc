import { type Instruction, Operation, type Program, splitTarget } from './compiler.js';

/** What became of an instruction at a position; `found` and above: it led to a match that ends so much above it. */
const failed = 1;
const found = 2;

/** In the place of the first position of an instruction that is on the stack only to be remembered. */
const marker = -1;

/** What a search may remember, in bytes. */
const mostBytes = 2 ** 30;

/**
 * Looks for matches in one text: backtracking that, once it has worked long for the text's length, remembers what
 * failed where several ways join, so that nothing is tried twice at a position and the time stays linear in the text's
 * length (Davis, Servant and Lee 2021, "Using Selective Memoization to Defeat Regular Expression Denial of Service").
 * What failed for one start fails for later ones. Of bodies of look-arounds and atomic groups it remembers too what was
 * found.
 */
export class Search {
  /** Three numbers each: an instruction, the position where it began, and the position that it has got to. */
  private readonly stack: number[] = [];
  private memory: (Uint8Array | Int32Array | undefined)[] | undefined;
  private worksBeforeMemory: number;
  /** Of memory. */
  private bytes = 0;

  constructor(
    private readonly program: Program,
    private readonly text: string,
  ) {
    this.worksBeforeMemory = 1000 + 32 * text.length;
  }

  /** @returns where the match that begins at `start` ends, or -1 */
  matchAt(start: number): number {
    return this.run(this.program.entry, start);
  }

  private run(entry: Instruction, start: number): number {
    const { stack, text } = this;
    const { length } = text;
    const base = stack.length;
    let at = entry;
    let position = start;
    for (;;) {
      let known = 0;
      if (at.joins) {
        this.worked(1);
        known = this.recall(at, position);
        if (known >= found) return this.accept(at, base, known - found);
        if (this.memory && known === 0) stack.push(at.index, marker, position);
      }
      // A way that goes on continues the loop; one that breaks has failed.
      switch (known === failed ? -1 : at.operation) {
        case Operation.Accept:
          return this.accept(at, base, position);
        case Operation.Character: {
          if (position === length) break;
          const code = text.codePointAt(position)!;
          if (!at.set.has(code)) break;
          position += code > 0xffff ? 2 : 1;
          at = at.next;
          continue;
        }
        case Operation.Back:
          if (position === 0) break;
          position = this.before(position);
          if (!at.set.has(text.codePointAt(position)!)) break;
          at = at.next;
          continue;
        case Operation.Split: {
          const code = text.codePointAt(position) ?? 0x110000;
          const target: Instruction = at.targets[code >> 8]?.[code & 255] ?? splitTarget(at, code);
          if (target !== at) {
            at = target;
            continue;
          }
          this.worked(1);
          stack.push(at.index, position, position);
          at = at.next;
          continue;
        }
        case Operation.Run:
        case Operation.PossessiveRun: {
          let end = position;
          let left = at.max;
          known = this.recall(at, position);
          const recalls = this.memory && left === Number.POSITIVE_INFINITY;
          while (known === 0 && left > 0 && end < length) {
            const code = text.codePointAt(end)!;
            if (!at.set.has(code)) break;
            end += code > 0xffff ? 2 : 1;
            left--;
            if (recalls) known = this.recall(at, end);
          }
          this.worked(end - position);
          if (this.memory || (end > position && at.operation === Operation.Run)) {
            stack.push(at.index, position, end);
          }
          if (known === failed) break;
          if (known >= found) return this.accept(at, base, known - found);
          position = end;
          at = at.next;
          continue;
        }
        case Operation.Follows:
          if ((position < length && at.set.has(text.codePointAt(position)!)) === at.negated) break;
          at = at.next;
          continue;
        case Operation.Precedes:
          if ((position > 0 && at.set.has(text.codePointAt(this.before(position))!)) === at.negated) break;
          at = at.next;
          continue;
        case Operation.Look:
          if (this.run(at.body, position) >= 0 === at.negated) break;
          at = at.next;
          continue;
        case Operation.Atomic: {
          const end = this.run(at.body, position);
          if (end < 0) break;
          at = end > position ? at.next : at.other;
          position = end;
          continue;
        }
        case Operation.Start:
          if (position > 0) break;
          at = at.next;
          continue;
        case Operation.End:
          if (position < length) break;
          at = at.next;
          continue;
      }
      for (;;) {
        if (stack.length === base) return -1;
        this.worked(1);
        position = stack.pop()!;
        const first = stack.pop()!;
        at = this.program.instructions[stack.pop()!]!;
        if (first === marker) {
          this.remember(at, position, failed);
          continue;
        }
        if (at.operation === Operation.Split) {
          at = at.other;
          break;
        }
        if (at.operation === Operation.PossessiveRun) {
          this.rememberRun(at, first, position, failed);
          continue;
        }
        // All fewer characters are yet to be tried, all more have failed.
        if (position === first || at.max === Number.POSITIVE_INFINITY) this.remember(at, position, failed);
        if (position === first) continue;
        position = this.before(position);
        if (position > first || this.memory) stack.push(at.index, first, position);
        at = at.next;
        break;
      }
    }
  }

  /** Ends a run, whose instructions on the stack have all led to `end`. */
  private accept(at: Instruction, base: number, end: number): number {
    const { stack } = this;
    while (stack.length > base) {
      const position = stack.pop()!;
      const first = stack.pop()!;
      const index = stack.pop()!;
      if (!this.memory || !at.nested) {
        stack.length = base;
        break;
      }
      const instruction = this.program.instructions[index]!;
      if (first === marker) this.remember(instruction, position, found + end);
      else if (instruction.operation !== Operation.Split) {
        this.rememberRun(instruction, first, position, found + end);
      }
    }
    return end;
  }

  private worked(steps: number): void {
    this.worksBeforeMemory -= steps;
    if (this.worksBeforeMemory < 0) this.memory ??= [];
  }

  private recall(at: Instruction, position: number): number {
    return this.memory?.[at.index]?.[position] ?? 0;
  }

  private remember({ index, nested }: Instruction, position: number, outcome: number): void {
    if (!this.memory) return;
    this.memory[index] ??= this.remembered(nested);
    this.memory[index][position] = outcome;
  }

  private remembered(nested: boolean): Uint8Array | Int32Array {
    const size = this.text.length + 1;
    this.bytes += nested ? 4 * size : size;
    if (this.bytes > mostBytes)
      throw new Error(`the regular expression takes over ${mostBytes} bytes for a text of ${size - 1} units`);
    return nested ? new Int32Array(size) : new Uint8Array(size);
  }

  /** What began later in a run comes to the same, unless it is limited and would have got farther. */
  private rememberRun(at: Instruction, first: number, last: number, outcome: number): void {
    const end = at.max === Number.POSITIVE_INFINITY ? last : first;
    for (let position = first; position <= end; position++) this.remember(at, position, outcome);
  }

  /** Where the character that ends at `position` begins. */
  private before(position: number): number {
    return position > 1 && this.text.codePointAt(position - 2)! > 0xffff ? position - 2 : position - 1;
  }
}
