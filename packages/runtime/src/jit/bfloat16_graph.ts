import type { ChuiBinding, OpAttribute } from '../native/binding.js';
import { ATTR_TYPE, type ConstantValues, DT_BFLOAT16, DT_FLOAT, Graph, type KnownTensor } from './graph.js';

/** Ops that are computed in bfloat16 whatever they are given. */
const PRODUCTS = new Set([
  'BatchMatMulV2',
  'ChuiLinear',
  'ChuiMatMulNN',
  'ChuiMatMulNT',
  'ChuiMatMulTN',
  'ChuiMatMulTT',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'Conv3D',
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Einsum',
  'MatMul',
]);

/** Ops that are computed in bfloat16 if they are given it: they move numbers, or compute each from one or two. */
const FOLLOWERS = new Set([
  'Abs',
  'Add',
  'AddN',
  'BatchToSpaceND',
  'ChuiDropout',
  'ChuiGelu',
  'ChuiGeluGrad',
  'ConcatV2',
  'DepthToSpace',
  'Elu',
  'EluGrad',
  'Equal',
  'ExpandDims',
  'GatherNd',
  'GatherV2',
  'Greater',
  'GreaterEqual',
  'LeakyRelu',
  'Less',
  'LessEqual',
  'MaxPool',
  'MaxPoolGrad',
  'Maximum',
  'Minimum',
  'MirrorPad',
  'Mul',
  'Neg',
  'NotEqual',
  'OnesLike',
  'Pack',
  'PadV2',
  'Relu',
  'Relu6',
  'Reshape',
  'ReverseV2',
  'Select',
  'Sigmoid',
  'Slice',
  'SpaceToBatchND',
  'SplitV',
  'StridedSlice',
  'Sub',
  'Tanh',
  'Tile',
  'Transpose',
  'Unpack',
  'ZerosLike',
]);

/** Ops whose outputs are their inputs. */
const CARRIERS = new Set(['IdentityN', 'XlaOptimizationBarrier']);

/** Products whose result is the gradient of a kernel. */
const KERNEL_GRADIENTS = new Set([
  'Conv2DBackpropFilter',
  'Conv3DBackpropFilterV2',
  'DepthwiseConv2dNativeBackpropFilter',
]);

/** Products whose first operand is turned, for one kind of which attributes tell it. */
const TURNING = /^ChuiMatMulT/;
/** Products of the addon, which are of float32 alone. */
const OWN = /^Chui/;
/** Attributes that turn the first operand. */
const TURNED = /^(transpose_a|adj_x)$/;

/** Followers that read rows of a table: what they give is no parameter any more. */
const LOOKUPS = new Set(['GatherNd', 'GatherV2']);

/**
 * A graph that computes products, and what lies between them, in bfloat16 and all else in float32. To those who build it,
 * all is float32: it casts where the two meet, each tensor once.
 *
 * - A product's operands and result are bfloat16. The gradient of a kernel, which is also the product of two matrices of
 *   which the first is turned, is float32.
 * - A follower is bfloat16 if one of its operands is, and the others are too or are neutral: parameters, constants, masks
 *   and what followers make of them alone. So a bias and dropout leave bfloat16 as it is, and a sum with float32 is
 *   float32, as in PyTorch's autocast.
 */
export class Bfloat16Graph extends Graph {
  /** Tensors of float32 that become what they meet. */
  private readonly neutral = new Set<number>();
  /** Tensors of either type by those of the other that they are cast from. */
  private readonly casts = new Map<number, number>();

  /**
   * @param emulate for hardware without products of bfloat16: their operands and results are rounded, and they are computed
   *   in float32
   */
  constructor(
    binding: ChuiBinding,
    private readonly emulate: boolean,
    withLines = false,
  ) {
    super(binding, withLines);
  }

  override variable(dtype: number, shape: readonly number[]): number {
    const variable = super.variable(dtype, shape);
    this.neutral.add(variable);
    return variable;
  }

  override constant(dtype: number, shape: readonly number[], values: ConstantValues): number {
    const constant = super.constant(dtype, shape, values);
    this.neutral.add(constant);
    return constant;
  }

  override operation(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
  ): KnownTensor[] {
    if (PRODUCTS.has(op)) return this.product(op, attributes, inputs);
    if (CARRIERS.has(op)) return this.carrier(op, attributes, inputs);
    const floats = inputs.filter((id) => this.isLow(id) || this.node(id).dtype === DT_FLOAT);
    const neutral = floats.every((id) => this.neutral.has(id));
    const follows = FOLLOWERS.has(op);
    if (follows && !neutral && floats.every((id) => this.isLow(id) || this.neutral.has(id))) {
      return asFloat32(super.operation(op, attributes, this.to(DT_BFLOAT16, inputs)));
    }
    const outputs = super.operation(op, attributes, this.to(DT_FLOAT, inputs));
    if (neutral && (op === 'Cast' || (follows && !LOOKUPS.has(op)))) {
      for (const { id } of outputs) this.neutral.add(id);
    }
    return outputs;
  }

  override define(name: string, inputs: readonly number[], outputs: readonly number[]): void {
    super.define(name, inputs, this.to(DT_FLOAT, outputs));
  }

  private product(op: string, attributes: readonly OpAttribute[], inputs: readonly number[]): KnownTensor[] {
    const rounded = this.to(DT_BFLOAT16, inputs);
    const operands = this.emulate || OWN.test(op) ? this.to(DT_FLOAT, rounded) : rounded;
    const outputs = super.operation(op, attributes, operands);
    const turned =
      TURNING.test(op) || attributes.some(({ name, value }) => TURNED.test(name) && value === true);
    const isGradient = KERNEL_GRADIENTS.has(op) || (turned && outputs[0]!.shape.length === 2);
    const results = this.to(
      isGradient ? DT_FLOAT : DT_BFLOAT16,
      outputs.map(({ id }) => id),
    );
    return asFloat32(outputs.map((output, index) => ({ ...output, id: results[index]! })));
  }

  private carrier(op: string, attributes: readonly OpAttribute[], inputs: readonly number[]): KnownTensor[] {
    const outputs = super.operation(op, attributes, inputs);
    outputs.forEach(({ id }, index) => {
      if (this.neutral.has(inputs[index]!)) this.neutral.add(id);
    });
    return asFloat32(outputs);
  }

  private isLow(id: number): boolean {
    return this.node(id).dtype === DT_BFLOAT16;
  }

  /** The same tensors, those of floats cast to a type where they are not of it. */
  private to(dtype: number, ids: readonly number[]): number[] {
    const other = dtype === DT_FLOAT ? DT_BFLOAT16 : DT_FLOAT;
    return ids.map((id) => {
      if (this.node(id).dtype !== other) return id;
      const known = this.casts.get(id);
      if (known !== undefined) return known;
      const attributes = [
        { name: 'SrcT', type: ATTR_TYPE, value: other },
        { name: 'DstT', type: ATTR_TYPE, value: dtype },
      ];
      const [cast] = super.operation('Cast', attributes, [id]);
      this.casts.set(id, cast!.id);
      return cast!.id;
    });
  }
}

/** Outputs as those who build the graph see them. */
function asFloat32(outputs: readonly KnownTensor[]): KnownTensor[] {
  return outputs.map((output) => (output.dtype === DT_BFLOAT16 ? { ...output, dtype: DT_FLOAT } : output));
}
