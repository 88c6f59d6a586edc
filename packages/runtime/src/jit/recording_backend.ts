import {
  type DataId,
  type DataType,
  engine,
  type KernelBackend,
  type Tensor,
  type TensorInfo,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { KernelBinding, NativeBackend } from '../kernels/native/native_kernel.js';
import type { OpAttribute } from '../native/binding.js';
import type { ConstantValues, Graph, KnownTensor } from './graph.js';
import { fullStack, userLine } from './user_line.js';

/** The ids of tensors that are only in the graph: −2 for its tensor 0, and down. −1 is tfjs-node's own. */
const FIRST_ID = -2;

/** What a recorded function reads beside its arguments. */
export type Captured = Variable | TensorInfo;

/**
 * Puts a graph in the place of TensorFlow under tfjs-node's backend: while `run` runs, every op adds to the graph and
 * gives a tensor without values.
 */
export class RecordingBackend {
  /** Placeholders of what was read and is no argument. */
  readonly captured = new Map<number, Captured>();
  /** Tensors that were made, dead ones too. */
  private readonly made: Tensor[] = [];
  /** Data that JavaScript wrote: constants, and the graph's tensors of them. */
  private readonly written = new Map<DataId, number | undefined>();
  /** Data from outside that was read, with its placeholders. It is held until `release`. */
  private readonly held = new Map<DataId, number>();
  /** Data that stands for a variable's value before the call. */
  private readonly values = new Map<DataId, Variable>();

  constructor(
    private readonly backend: NativeBackend,
    private readonly graph: Graph,
  ) {}

  /** @throws Error if the backend is asked for values, or an op cannot be recorded */
  run(body: () => void): void {
    const { backend } = this;
    const { binding } = backend;
    const override = {
      binding: this.recordingBinding(binding),
      getInputTensorIds: (tensors: TensorInfo[]) => tensors.map((tensor) => FIRST_ID - this.tensorOf(tensor)),
      write: (values: ArrayBufferView, shape: number[], dtype: DataType) => {
        const dataId = Object.getPrototypeOf(backend).write.call(backend, values, shape, dtype);
        this.written.set(dataId, undefined);
        return dataId;
      },
      createOutputTensor: (metadata: unknown) => {
        const tensor = Object.getPrototypeOf(backend).createOutputTensor.call(backend, metadata);
        this.made.push(tensor);
        return tensor;
      },
      readSync: () => {
        throw new Error(
          `a value must not be read while a function is recorded, but ${reader()} reads one${userLine()}`,
        );
      },
    };
    Object.assign(backend, override);
    try {
      body();
    } finally {
      for (const name of Object.keys(override)) delete (backend as unknown as Record<string, unknown>)[name];
      backend.binding = binding;
    }
  }

  /** A tensor that stands for a tensor of the graph. */
  tensor(id: number, { shape, dtype }: Pick<TensorInfo, 'shape' | 'dtype'>): Tensor {
    const metadata = { id: FIRST_ID - id, shape, dtype: this.backend.getDTypeInteger(dtype) };
    return this.backend.createOutputTensor(metadata);
  }

  /** A tensor that stands for the value that a variable has before the call; the graph has it once it is read. */
  valueOf(variable: Variable): Tensor {
    const { shape, dtype } = variable;
    const dataId = {};
    const type = this.backend.getDTypeInteger(dtype);
    this.backend.tensorMap.set(dataId, { shape, dtype: type, id: -1, values: null, refCount: 1 });
    this.values.set(dataId, variable);
    return engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
  }

  /** The graph's tensor for a tensor; a tensor from outside becomes an input. */
  tensorOf(tensor: TensorInfo): number {
    if (tensor.dataId === undefined)
      return this.int64((tensor as unknown as { valueArray: Int32Array }).valueArray);
    const { dataId } = tensor;
    const { backend } = this;
    const data = backend.tensorMap.get(dataId);
    if (data.id <= FIRST_ID) return FIRST_ID - data.id;
    // A text, which the graph has no constants of, is an input.
    if (this.written.has(dataId) && data.dtype !== backend.binding.TF_STRING) {
      const constant = this.written.get(dataId) ?? this.constant(data.shape, data.dtype, data.values!);
      this.written.set(dataId, constant);
      return constant;
    }
    const known = this.held.get(dataId);
    if (known !== undefined) return known;
    const variable = this.values.get(dataId);
    const placeholder = this.graph[variable ? 'variable' : 'placeholder'](data.dtype, data.shape);
    this.held.set(dataId, placeholder);
    if (variable) {
      this.captured.set(placeholder, variable);
    } else {
      backend.incRef(dataId);
      this.captured.set(placeholder, { dataId, shape: tensor.shape, dtype: tensor.dtype });
    }
    return placeholder;
  }

  /** Tensors made while recording that are still alive, each data once. */
  survivors(): Tensor[] {
    const alive = new Map<DataId, Tensor>();
    for (const tensor of this.made) {
      if (this.backend.tensorMap.has(tensor.dataId)) alive.set(tensor.dataId, tensor);
    }
    return [...alive.values()];
  }

  /** Whether data that JavaScript wrote is still alive. */
  keepsWritten(): boolean {
    return [...this.written.keys()].some((dataId) => this.backend.tensorMap.has(dataId));
  }

  /** Lets go of the data that was read, but for what is `kept`. */
  release(kept: ReadonlySet<Captured> = new Set()): void {
    for (const captured of this.captured.values()) {
      if (!isVariable(captured) && !kept.has(captured)) letGo(this.backend, captured.dataId);
    }
  }

  private recordingBinding(binding: KernelBinding): KernelBinding {
    const recorded: Partial<KernelBinding> = {
      createTensor: (shape, dtype, values) =>
        FIRST_ID -
        (dtype === binding.TF_INT64 ? this.int64(values as Int32Array) : this.constant(shape, dtype, values)),
      deleteTensor: (id) => {
        if (id > FIRST_ID) binding.deleteTensor(id);
      },
      executeOp: (op: string, attributes: OpAttribute[], inputs: number[]) => {
        const numbers = inputs.map((id) => FIRST_ID - id);
        return this.operation(op, attributes, numbers).map(({ id, ...output }) => ({
          ...output,
          id: FIRST_ID - id,
        }));
      },
      runSavedModel: () => {
        throw new Error(`a SavedModel cannot be recorded${userLine()}`);
      },
    };
    // The addon's own properties are read-only, for what inherits from it too.
    return Object.create(binding, Object.getOwnPropertyDescriptors(recorded));
  }

  private operation(op: string, attributes: OpAttribute[], inputs: number[]): KnownTensor[] {
    try {
      return this.graph.operation(op, attributes, inputs);
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n');
      throw new Error(`${op} cannot be recorded: ${reason}${userLine()}`);
    }
  }

  private constant(shape: readonly number[], dtype: number, values: ArrayBufferView): number {
    const { binding } = this.backend;
    const numbers = values as ConstantValues;
    if (dtype === binding.TF_FLOAT) return this.graph.constant(dtype, shape, Float32Array.from(numbers));
    if (dtype === binding.TF_INT32) return this.graph.constant(dtype, shape, Int32Array.from(numbers));
    if (dtype === binding.TF_BOOL) return this.graph.constant(dtype, shape, Uint8Array.from(numbers));
    throw new Error(`a constant of TensorFlow's type ${dtype} cannot be recorded${userLine()}`);
  }

  /** A scalar; tfjs-node has its halves, low first. */
  private int64(halves: Int32Array): number {
    return this.graph.constant(this.backend.binding.TF_INT64, [], halves);
  }
}

export function isVariable(captured: Captured): captured is Variable {
  return 'assign' in captured;
}

/** The kernel of tfjs-node that the code that is running belongs to. */
function reader(): string {
  return /[\\/]kernels[\\/](\w+)\.js/.exec(fullStack())?.[1] ?? 'the function';
}

/** Gives up a reference to data that `incRef` took. */
export function letGo(backend: NativeBackend, dataId: DataId): void {
  if (backend.disposeData(dataId)) engine().removeDataId(dataId, backend as unknown as KernelBackend);
}
