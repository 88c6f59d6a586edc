import {
  type DataId,
  type Tensor,
  type TensorInfo,
  tensor1d,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { NativeBackend, NativeData } from '../kernels/native/native_kernel.js';
import type { ChuiBinding, OpAttribute } from '../native/binding.js';
import { randomState, skipDraws } from '../random/generator.js';
import type { Graph } from './graph.js';
import { type Captured, isVariable, letGo } from './recording_backend.js';

/** Where an input of a function comes from at each call: an argument, the seed, or what was captured. */
export type Source = { readonly argument: number } | 'seed' | Captured;

let functions = 0;

/** A function that TensorFlow has, made of a graph, and where its inputs come from. */
export class NativeFunction {
  private readonly name = `chui_${++functions}`;
  private readonly sources: readonly Source[];
  /** Of what was captured, the data at the call before, by the place of the source. */
  private readonly data: { dataId: DataId; native: NativeData }[] = [];

  /** @param placeholders those of the graph; the ones that the outputs do not depend on are left out */
  constructor(
    private readonly backend: NativeBackend,
    private readonly binding: ChuiBinding,
    graph: Graph,
    placeholders: ReadonlyMap<number, Source>,
    private readonly outputs: readonly number[],
  ) {
    const needed = graph.ancestors(outputs);
    const inputs = [...placeholders].filter(([placeholder]) => needed.has(placeholder));
    this.sources = inputs.map(([, source]) => source);
    graph.define(
      this.name,
      inputs.map(([placeholder]) => placeholder),
      outputs,
    );
  }

  /** What it reads beside its arguments. */
  captured(): Captured[] {
    return this.sources.filter((source): source is Captured => source !== 'seed' && !('argument' in source));
  }

  call(args: readonly Tensor[], attributes: OpAttribute[] = []): Tensor[] {
    if (this.outputs.length === 0) return [];
    return tidy(() => {
      const ids = this.sources.map((source, place) => {
        if (source === 'seed') {
          const { seed, draws } = randomState();
          return this.idOf(tensor1d([seed, draws], 'int32'));
        }
        return 'argument' in source ? this.idOf(args[source.argument]!) : this.idOfCaptured(source, place);
      });
      return this.backend.binding
        .executeOp(this.name, attributes, ids, this.outputs.length)
        .map((metadata) => this.backend.createOutputTensor(metadata));
    });
  }

  private idOf(tensor: TensorInfo): number {
    return this.backend.getInputTensorIds([tensor])[0]!;
  }

  /** There are many, and most are the same as in the call before: the backend is asked only for data that is new. */
  private idOfCaptured(source: Captured, place: number): number {
    if (isVariable(source) && source.isDisposed) {
      throw new Error(`the variable ${source.name} was disposed, but a recorded function reads it`);
    }
    const { dataId } = source;
    let data = this.data[place];
    if (data?.dataId !== dataId) {
      this.idOf(source); // gives its values to TensorFlow, if that has not been done
      data = { dataId, native: this.backend.tensorMap.get(dataId) };
      this.data[place] = data;
    }
    return data.native.id;
  }

  /** Takes it from TensorFlow, but not what it captured. */
  remove(): void {
    this.binding.removeFunction(this.name);
  }

  dispose(): void {
    this.remove();
    for (const captured of this.captured()) {
      if (!isVariable(captured)) letGo(this.backend, captured.dataId);
    }
  }
}

/** A recorded function: what it returns, the variables that it assigns, and how many random draws it makes. */
export class Program {
  constructor(
    private readonly body: NativeFunction,
    /** The last outputs of the body are their new values. */
    private readonly assigned: readonly Variable[],
    private readonly draws: number,
    private readonly rebuild: (results: readonly Tensor[]) => unknown,
    /** Operations, for statistics. */
    readonly nodes: number,
  ) {}

  call(args: readonly Tensor[], attributes: OpAttribute[]): unknown {
    const outputs = this.body.call(args, attributes);
    const values = outputs.splice(outputs.length - this.assigned.length);
    skipDraws(this.draws);
    this.assigned.forEach((variable, index) => {
      variable.assign(values[index]!);
      values[index]!.dispose();
    });
    return this.rebuild(outputs);
  }

  dispose(): void {
    this.body.dispose();
  }
}
