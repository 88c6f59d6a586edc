import type { ChuiBinding, GraphHandle, GraphTensor, OpAttribute } from '../native/binding.js';
import { bytesOf, textOf } from '../native/protobuf.js';
import { userLine } from './user_line.js';

/** What TensorFlow says of an op. */
interface OpSignature {
  /** For each argument that is a list of tensors, the attribute that says how many, or ''; null for a single tensor. */
  readonly lists: readonly (string | null)[];
  /** The attributes that do not follow from the types of its arguments. */
  readonly attributes: ReadonlySet<string>;
}

/** Of the ops that were asked for: they are the same for every graph. */
const signatures = new Map<string, OpSignature>();

/** A tensor of a graph whose shape is known. */
export interface KnownTensor extends GraphTensor {
  readonly shape: number[];
}

/** Values of a tensor, in memory as TensorFlow has them. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** Constants of more elements, all equal, are computed instead of kept. */
const LARGEST_SPLAT = 64;

/** Values of tensorflow.DataType. */
export const DT_FLOAT = 1;
export const DT_INT32 = 3;
export const DT_BFLOAT16 = 14;

/** Values of TF_AttrType. */
export const ATTR_TYPE = 4;
const ATTR_SHAPE = 5;

/** What makes a tensor of a graph. */
export interface GraphNode {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly number[];
  /** Which of the operation's outputs it is. */
  readonly output: number;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** Of a constant. */
  readonly values?: ConstantValues;
  /** Where it was made, as `userLine` says it, if that is asked for. */
  readonly line?: string;
}

/**
 * A TensorFlow graph that is built op by op; nothing is computed but shapes. Its tensors are numbers, and it knows which
 * come from which.
 */
export class Graph {
  private readonly handle: GraphHandle;
  private readonly nodes: GraphNode[] = [];

  /** @param withLines notes for each tensor where it was made, which takes its time */
  constructor(
    private readonly binding: ChuiBinding,
    private readonly withLines = false,
  ) {
    this.handle = binding.newGraph();
  }

  /** How many tensors it has. */
  get size(): number {
    return this.nodes.length;
  }

  node(tensor: number): GraphNode {
    return this.nodes[tensor]!;
  }

  /** An input of functions. */
  placeholder(dtype: number, shape: readonly number[]): number {
    const attributes = [
      { name: 'dtype', type: ATTR_TYPE, value: dtype },
      { name: 'shape', type: ATTR_SHAPE, value: shape },
    ];
    const outputs = this.binding.addOperation(this.handle, 'Placeholder', attributes, []);
    return this.add(outputs, { op: 'Placeholder', attributes, inputs: [] })[0]!.id;
  }

  /** An input of functions that is a variable. */
  variable(dtype: number, shape: readonly number[]): number {
    return this.placeholder(dtype, shape);
  }

  constant(dtype: number, shape: readonly number[], values: ConstantValues): number {
    if (values.length > LARGEST_SPLAT && values.every((value) => value === values[0])) {
      const dims = this.constant(DT_INT32, [shape.length], Int32Array.from(shape));
      const value = this.constant(dtype, [], values.slice(0, 1));
      const attributes = [
        { name: 'T', type: ATTR_TYPE, value: dtype },
        { name: 'index_type', type: ATTR_TYPE, value: DT_INT32 },
      ];
      return this.operation('Fill', attributes, [dims, value])[0]!.id;
    }
    const outputs = this.binding.addConstant(this.handle, dtype, shape, values);
    return this.add(outputs, { op: 'Const', attributes: [], inputs: [], values })[0]!.id;
  }

  /**
   * Adds an op with its inputs in one list, as TensorFlow's eager ops take them. As there, the types of the inputs count
   * and not what the attributes say of them.
   *
   * @throws Error if the op is not one, or does not take these; if it has no output, or one whose shape depends on data
   */
  operation(op: string, attributes: readonly OpAttribute[], inputs: readonly number[]): KnownTensor[] {
    const { lists, attributes: free } = this.signature(op);
    let at = 0;
    const grouped = lists.map((list, argument) => {
      if (list === null) return inputs[at++]!;
      const stated = attributes.find(({ name }) => name === list)?.value as number | undefined;
      // What is not stated is what the arguments behind it leave.
      const length = stated ?? inputs.length - at - (lists.length - 1 - argument);
      at += length;
      return inputs.slice(at - length, at);
    });
    const given = attributes.filter(({ name }) => free.has(name));
    const made = this.binding.addOperation(this.handle, op, given, grouped);
    const outputs = this.add(made, { op, attributes: given, inputs });
    if (outputs.length === 0) throw new Error('it has an effect instead of a result');
    for (const { shape } of outputs) {
      if (shape?.every((size) => size >= 0)) continue;
      throw new Error('the shape of its result depends on data');
    }
    return outputs as KnownTensor[];
  }

  /** All tensors that these are computed from, themselves included. */
  ancestors(tensors: Iterable<number>): Set<number> {
    const found = new Set<number>();
    const open = [...tensors];
    while (open.length > 0) {
      const tensor = open.pop()!;
      if (found.has(tensor)) continue;
      found.add(tensor);
      open.push(...this.nodes[tensor]!.inputs);
    }
    return found;
  }

  /** Makes a function that executeOp runs by its name. Its inputs are placeholders, all that the outputs depend on. */
  define(name: string, inputs: readonly number[], outputs: readonly number[]): void {
    const body = this.ancestors(outputs);
    for (const input of inputs) body.delete(input);
    this.binding.addFunction(this.handle, name, [...body], inputs, outputs);
  }

  /** Frees TensorFlow's part; what was defined stays, and what is known of its tensors. */
  dispose(): void {
    this.binding.deleteGraph(this.handle);
  }

  private add(
    outputs: GraphTensor[],
    operation: Pick<GraphNode, 'op' | 'attributes' | 'inputs' | 'values'>,
  ): GraphTensor[] {
    // An operation without outputs takes a number too.
    const numbered = outputs.length === 0 ? [{ dtype: 0, shape: [] }] : outputs;
    const line = this.withLines ? userLine() : undefined;
    numbered.forEach(({ dtype, shape }, output) => {
      this.nodes.push({
        ...operation,
        output,
        dtype,
        shape: shape ?? [],
        ...(line !== undefined && { line }),
      });
    });
    return outputs;
  }

  private signature(op: string): OpSignature {
    const known = signatures.get(op);
    if (known) return known;
    const definition = this.binding.opDef(this.handle, op);
    // OpDef: input_arg is field 2, attr field 4; of an ArgDef, type_attr is field 4, number_attr 5, type_list_attr 6.
    const args = bytesOf(definition, 2);
    const lists = args.map((argument) =>
      bytesOf(argument, 5).length + bytesOf(argument, 6).length > 0 ? textOf(argument, 5) : null,
    );
    const attributes = new Set(bytesOf(definition, 4).map((attribute) => textOf(attribute, 1)));
    for (const argument of args) attributes.delete(textOf(argument, 4));
    const signature = { lists, attributes };
    signatures.set(op, signature);
    return signature;
  }
}
