import { add, engine, type Tensor, tensor1d, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../kernels/native/native_kernel.js';
import type { ChuiBinding } from '../native/binding.js';
import { recordDraws } from '../random/generator.js';
import type { Recorded } from './check.js';
import { DT_INT32, type Graph } from './graph.js';
import { NativeFunction, Program, type Source } from './program.js';
import { RecordingBackend } from './recording_backend.js';
import { type Structure, structureOf } from './structure.js';

/** A variable while a function is recorded. */
interface Held {
  readonly variable: Variable;
  /** Data that stands for its value before the call. */
  readonly before: object;
}

/** One that was there before: it gets its value back. */
interface Existing extends Held {
  readonly value: Tensor;
}

/** One that the function made. */
interface Made extends Held {
  /** The graph's tensor of its first value. */
  readonly first: number;
}

/** A variable that the function assigned, and the graph's tensor that it is now. */
interface Assigned {
  readonly variable: Variable;
  readonly value: number;
}

/**
 * Records a function for arguments of certain shapes and types, without computing anything: what it reads becomes an
 * input, the variables that it assigns outputs.
 *
 * Variables that it makes, such as the slots of an optimizer, and tensors that it keeps are made here and now, once, and
 * the recording reads them. Whatever it throws, variables have the values that they had.
 *
 * @param graph an empty one, for the recording
 * @throws Error what the function throws; if it reads a value, or keeps a tensor that depends on its arguments
 */
export function record(
  backend: NativeBackend,
  binding: ChuiBinding,
  fn: (...args: unknown[]) => unknown,
  args: Structure,
  graph: Graph,
): Recorded {
  return new Recording(backend, binding, args, graph).record(fn);
}

class Recording {
  private readonly recorder: RecordingBackend;
  private readonly placeholders = new Map<number, Source>();
  private readonly existing: Existing[] = [];
  private readonly made: Made[] = [];
  private seed: number | undefined;
  private hasMade = false;

  constructor(
    private readonly backend: NativeBackend,
    private readonly binding: ChuiBinding,
    private readonly args: Structure,
    private readonly graph: Graph,
  ) {
    this.recorder = new RecordingBackend(backend, graph);
  }

  record(fn: (...args: unknown[]) => unknown): Recorded {
    let program: { draws: number; results: Structure; resultIds: number[]; assigned: Assigned[] } | undefined;
    try {
      this.hold();
      let result: unknown;
      const draws = recordDraws(
        (index) => this.draw(index),
        () => this.recorder.run(() => (result = tidy(() => this.trace(fn) as Tensor))),
      );
      if (result instanceof Promise) {
        // It may fail later, when nobody waits for it.
        result.catch(() => {});
        throw new Error('a recorded function must not be asynchronous');
      }
      const results = structureOf(result);
      const resultIds = results.tensors.map((tensor) => this.recorder.tensorOf(tensor));
      const assigned = this.assigned();
      this.disposeResults(results.tensors);
      program = { draws, results, resultIds, assigned };
    } finally {
      this.restore();
      this.initialise();
      this.settle(program === undefined);
      if (program === undefined) this.recorder.release();
    }
    const { draws, results, resultIds, assigned } = program;
    const outputs = [...resultIds, ...assigned.map(({ value }) => value)];
    const body = new NativeFunction(this.backend, this.binding, this.graph, this.sources(), outputs);
    this.recorder.release(new Set(body.captured()));
    const variables = assigned.map(({ variable }) => variable);
    return {
      program: new Program(body, variables, draws, (values) => results.rebuild(values), this.graph.size),
      graph: this.graph,
      sources: this.sources(),
      outputs: new Map([
        ...resultIds.map((id, index) => [`result ${index}`, id] as const),
        ...assigned.map(({ variable, value }) => [`the variable ${variable.name}`, value] as const),
      ]),
      constants: results.key,
      hasMade: this.hasMade,
    };
  }

  private trace(fn: (...args: unknown[]) => unknown): unknown {
    const symbols = this.args.tensors.map((tensor, argument) => {
      const placeholder = this.graph.placeholder(this.backend.getDTypeInteger(tensor.dtype), tensor.shape);
      this.placeholders.set(placeholder, { argument });
      return this.recorder.tensor(placeholder, tensor);
    });
    const owner = engine();
    const makeVariable = owner.makeVariable;
    owner.makeVariable = (...given) => {
      const variable = makeVariable.apply(owner, given);
      const first = this.recorder.tensorOf(variable);
      this.made.push({ variable, first, before: this.replace(variable) });
      return variable;
    };
    try {
      return fn(...(this.args.rebuild(symbols) as unknown[]));
    } finally {
      delete (owner as Partial<typeof owner>).makeVariable;
    }
  }

  /** Puts stand-ins into all variables. */
  private hold(): void {
    for (const variable of Object.values(engine().registeredVariables)) {
      const { dataId, shape, dtype } = variable;
      if (!this.backend.tensorMap.has(dataId)) continue;
      this.backend.incRef(dataId);
      const value = engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
      this.existing.push({ variable, value, before: this.replace(variable) });
    }
  }

  private replace(variable: Variable): object {
    const value = this.recorder.valueOf(variable);
    variable.assign(value);
    value.dispose();
    return value.dataId;
  }

  private assigned(): Assigned[] {
    return [...this.existing, ...this.made]
      .filter(({ variable, before }) => !variable.isDisposed && variable.dataId !== before)
      .map(({ variable }) => ({ variable, value: this.recorder.tensorOf(variable) }));
  }

  private restore(): void {
    for (const { variable, value } of this.existing) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
  }

  /** Computes the first values of the variables that the function made, as many at a time as do not need each other. */
  private initialise(): void {
    const waiting = this.made.filter(({ variable }) => !variable.isDisposed);
    const pending = new Set(waiting.map(({ variable }) => variable));
    while (waiting.length > 0) {
      const needs = ({ first }: Made) =>
        [...this.graph.ancestors([first])].some((id) =>
          pending.has(this.recorder.captured.get(id) as Variable),
        );
      const blocked = waiting.findIndex(needs);
      const ready = waiting.splice(0, blocked < 0 ? waiting.length : blocked);
      const values = this.evaluate(ready.map(({ first }) => first));
      ready.forEach(({ variable }, index) => {
        variable.assign(values[index]!);
        values[index]!.dispose();
        pending.delete(variable);
      });
    }
  }

  /** Gives the tensors that the function kept their values. */
  private settle(failed: boolean): void {
    const inputs = new Set(this.placeholders.keys());
    const loose: Tensor[] = [];
    const fixed: { tensor: Tensor; id: number }[] = [];
    for (const tensor of this.recorder.survivors()) {
      const id = this.recorder.tensorOf(tensor);
      if ([...this.graph.ancestors([id])].some((ancestor) => inputs.has(ancestor))) loose.push(tensor);
      else fixed.push({ tensor, id });
    }
    this.hasMade = this.made.length + fixed.length > 0 || this.recorder.keepsWritten();
    const values = this.evaluate(fixed.map(({ id }) => id));
    for (const [index, { tensor }] of fixed.entries()) this.makeReal(tensor, values[index]!);
    for (const tensor of loose) tensor.dispose();
    if (loose.length > 0 && !failed) {
      throw new Error(
        `a recorded function must return what it computes of its arguments, but keeps a tensor of shape [${loose[0]!.shape}]`,
      );
    }
  }

  /** Moves the value of a tensor into one that has none. */
  private makeReal(tensor: Tensor, value: Tensor): void {
    const { tensorMap } = this.backend;
    const source = tensorMap.get(value.dataId);
    tensorMap.get(tensor.dataId).id = source.id;
    source.id = -1;
    value.dispose();
  }

  private evaluate(ids: readonly number[]): Tensor[] {
    if (ids.length === 0) return [];
    const { graph, backend, binding } = this;
    const once = new NativeFunction(backend, binding, graph, this.sources(), ids);
    try {
      return once.call(this.args.tensors);
    } finally {
      once.remove();
    }
  }

  private sources(): Map<number, Source> {
    return new Map<number, Source>([...this.placeholders, ...this.recorder.captured]);
  }

  /** Frees the results that the function made and does not keep: they were only in the graph. */
  private disposeResults(results: readonly Tensor[]): void {
    const made = new Set(this.recorder.survivors().map(({ dataId }) => dataId));
    for (const tensor of new Set(results)) if (made.has(tensor.dataId) && !tensor.kept) tensor.dispose();
  }

  /** The seed of draw `index`: that of the call, so many draws on. */
  private draw(index: number): Tensor {
    if (this.seed === undefined) {
      this.seed = this.graph.placeholder(DT_INT32, [2]);
      this.placeholders.set(this.seed, 'seed');
    }
    const first = this.recorder.tensor(this.seed, { shape: [2], dtype: 'int32' });
    return add(first, tensor1d([0, index], 'int32'));
  }
}
