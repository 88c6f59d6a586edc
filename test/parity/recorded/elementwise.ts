import {
  abs,
  acos,
  acosh,
  add,
  addN,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cast,
  ceil,
  clipByValue,
  clone,
  complex,
  cos,
  cosh,
  div,
  elu,
  equal,
  erf,
  exp,
  expm1,
  floor,
  floorDiv,
  greater,
  greaterEqual,
  imag,
  isFinite as isFiniteOp,
  isInf,
  isNaN as isNaNOp,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  notEqual,
  onesLike,
  pow,
  prelu,
  real,
  reciprocal,
  relu,
  relu6,
  round,
  rsqrt,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  squaredDifference,
  step,
  sub,
  type Tensor,
  tan,
  tanh,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import {
  bool,
  type Draw,
  float,
  int,
  type KernelCase,
  type KernelCases,
  kernelCase,
  runKernel,
} from './kernel_case.js';

type Range = readonly [number, number];
const [positive, unit, above]: Range[] = [
  [0.1, 3],
  [-0.9, 0.9],
  [1.1, 4],
];

/** Cases of a function of one tensor of floats; of integers too if it takes them. */
function unary(fn: (x: Tensor) => Tensor, range?: Range, others: Record<string, Draw> = {}): KernelCase[] {
  return [
    kernelCase('floats', [float([3, 5], range)], fn),
    kernelCase('a scalar', [float([], range)], fn),
    ...Object.entries(others).map(([name, draw]) => kernelCase(name, [draw], fn)),
  ];
}

/** Cases of a function of two tensors, broadcast and not. */
function binary(
  fn: (a: Tensor, b: Tensor) => Tensor,
  draw: (shape: readonly number[]) => Draw,
  others: Record<string, [Draw, Draw]> = {},
  { broadcastGradient = true } = {},
): KernelCase[] {
  const options = { gradient: broadcastGradient };
  return [
    kernelCase('the same shape', [draw([2, 3]), draw([2, 3])], fn),
    kernelCase('broadcast', [draw([2, 1, 3]), draw([4, 1])], fn, options),
    kernelCase('a scalar', [draw([2, 3]), draw([])], fn, options),
    ...Object.entries(others).map(([name, draws]) => kernelCase(name, draws, fn)),
  ];
}

const integers = { integers: int([2, 4]) };
const floats = (shape: readonly number[]) => float(shape);
const truths = (shape: readonly number[]) => bool(shape);
const positives = (shape: readonly number[]) => float(shape, positive);
const pairs: Record<string, [Draw, Draw]> = {
  integers: [int([2, 3]), int([3])],
  'a float and an integer': [float([2, 3]), int([3])],
};
/** tfjs's gradients of these are of the shape of the result. */
const unsummed = { broadcastGradient: false };
const few: Record<string, [Draw, Draw]> = { integers: [int([2, 9], [0, 3]), int([9], [0, 3])] };
/** With infinities and without numbers: 1 ∕ 0, −1 ∕ 0, 0 ∕ 0. */
const broken = (fn: (x: Tensor) => Tensor) =>
  kernelCase(
    'not finite',
    [int([12], [-1, 2])],
    (x) => fn(div(cast(x, 'float32'), zerosLike(cast(x, 'float32')))),
    {
      gradient: false,
    },
  );
const complexOf = (fn: (z: Tensor) => Tensor) => (re: Tensor, im: Tensor) => fn(complex(re, im));
const complexCase = (fn: (z: Tensor) => Tensor) =>
  kernelCase('complex', [float([2, 3]), float([2, 3])], complexOf(fn), { gradient: false });

const rectified = (x: Tensor, alpha: Tensor) => prelu(x, alpha);
const choose = (condition: Tensor, a: Tensor, b: Tensor) => where(condition, a, b);

export const elementwise: KernelCases = {
  Abs: unary(abs, undefined, integers),
  Acos: unary(acos, unit),
  Acosh: unary(acosh, above),
  Asin: unary(asin, unit),
  Asinh: unary(asinh),
  Atan: unary(atan),
  Atanh: unary(atanh, unit),
  Ceil: unary(ceil),
  Cos: unary(cos),
  Cosh: unary(cosh),
  Elu: unary(elu),
  EluGrad: [kernelCase('floats', [float([3, 4]), float([3, 4])], (dy, y) => runKernel('EluGrad', { dy, y }))],
  Erf: unary(erf),
  Exp: unary(exp),
  Expm1: unary(expm1),
  Floor: unary(floor),
  IsFinite: [broken(isFiniteOp)],
  IsInf: [broken(isInf)],
  IsNan: [broken(isNaNOp)],
  LeakyRelu: [...unary((x) => leakyRelu(x)), ...unary((x) => leakyRelu(x, 0.5))],
  Log: unary(log, positive),
  Log1p: unary(log1p, unit),
  LogicalNot: [kernelCase('truths', [bool([7])], (x) => logicalNot(x))],
  Neg: [...unary(neg, undefined, integers), complexCase(neg)],
  Reciprocal: unary(reciprocal, positive),
  Relu: unary(relu, undefined, integers),
  Relu6: unary(relu6, [-3, 9], integers),
  Round: unary(round),
  Rsqrt: unary(rsqrt, positive),
  Selu: unary(selu),
  Sigmoid: unary(sigmoid),
  Sign: unary(sign, undefined, integers),
  Sin: unary(sin),
  Sinh: unary(sinh),
  Softplus: unary(softplus),
  Sqrt: unary(sqrt, positive),
  Square: unary(square, undefined, integers),
  Step: [
    ...unary((x) => step(x)),
    ...unary((x) => step(x, 0.5)),
    kernelCase('not numbers', [float([4])], (x) => step(sqrt(x)), { gradient: false }),
  ],
  Tan: unary(tan, unit),
  Tanh: unary(tanh),
  ClipByValue: unary((x) => clipByValue(x, -0.5, 1), undefined, { integers: int([2, 4]) }),
  Cast: [
    kernelCase('floats to integers', [float([3, 2], [-9, 9])], (x) => cast(x, 'int32')),
    kernelCase('floats to truths', [float([3, 2])], (x) => cast(x, 'bool')),
    kernelCase('floats to complex numbers', [float([3])], (x) => cast(x, 'complex64'), { gradient: false }),
    kernelCase('integers to floats', [int([3, 2])], (x) => cast(x, 'float32')),
    kernelCase('integers to truths', [int([3, 2], [0, 2])], (x) => cast(x, 'bool')),
    kernelCase('truths to floats', [bool([5])], (x) => cast(x, 'float32')),
    kernelCase('truths to integers', [bool([5])], (x) => cast(x, 'int32')),
    kernelCase('floats to floats', [float([5])], (x) => cast(x, 'float32')),
  ],
  Identity: [
    kernelCase('floats', [float([2, 3])], (x) => clone(x)),
    kernelCase('truths', [bool([4])], (x) => clone(x)),
  ],
  OnesLike: [...unary(onesLike, undefined, { ...integers, truths: bool([3]) }), complexCase(onesLike)],
  ZerosLike: [...unary(zerosLike, undefined, { ...integers, truths: bool([3]) }), complexCase(zerosLike)],

  Complex: [complexCase((z) => z)],
  ComplexAbs: [complexCase(abs)],
  Real: [complexCase(real)],
  Imag: [complexCase(imag)],

  Add: binary(add, floats, pairs),
  AddN: [
    kernelCase('three', [float([2, 3]), float([2, 3]), float([2, 3])], (...all) => addN(all)),
    kernelCase('one', [float([2, 3])], (...all) => addN(all)),
    kernelCase('integers', [int([4]), int([4])], (...all) => addN(all)),
  ],
  Atan2: binary(atan2, floats),
  Equal: binary(equal, floats, few),
  FloorDiv: binary(floorDiv, positives, { integers: [int([2, 3]), int([3], [1, 4])] }),
  Gelu: [false, true].map((tanh) =>
    kernelCase(tanh ? 'by tanh' : 'by the error function', [float([3, 40])], (x) =>
      runKernel('Gelu', { x }, { tanh }),
    ),
  ),
  GeluGrad: [false, true].map((tanh) =>
    kernelCase(tanh ? 'by tanh' : 'by the error function', [float([3, 40]), float([3, 40])], (x, dy) =>
      runKernel('GeluGrad', { x, dy }, { tanh }),
    ),
  ),
  Greater: binary(greater, floats, few),
  GreaterEqual: binary(greaterEqual, floats, few),
  Less: binary(less, floats, few),
  LessEqual: binary(lessEqual, floats, few),
  LogicalAnd: binary(logicalAnd, truths),
  LogicalOr: binary(logicalOr, truths),
  Maximum: binary(maximum, floats, pairs, unsummed),
  Minimum: binary(minimum, floats, pairs, unsummed),
  Mod: binary(mod, positives, { integers: [int([2, 3]), int([3], [1, 4])] }),
  Multiply: binary(mul, floats, pairs),
  NotEqual: binary(notEqual, floats, few),
  Pow: binary(pow, positives, { integers: [int([2, 3]), int([3], [0, 4])] }),
  Prelu: [
    kernelCase('the same shape', [float([2, 3]), float([2, 3])], rectified),
    kernelCase('an alpha for each channel', [float([2, 2, 3]), float([3])], rectified),
  ],
  RealDiv: binary(div, positives, { 'a float and an integer': [float([2, 3]), int([3], [1, 4])] }),
  Select: [
    kernelCase('floats', [bool([2, 3]), float([2, 3]), float([2, 3])], choose),
    kernelCase('broadcast', [bool([3, 1]), float([2, 1, 4]), float([])], choose),
    kernelCase('integers', [bool([4]), int([4]), int([4])], choose),
  ],
  SquaredDifference: binary(squaredDifference, floats, pairs, unsummed),
  Sub: [
    ...binary(sub, floats, pairs),
    kernelCase('complex', [float([3]), float([3])], (a, b) => sub(complex(a, b), complex(b, a)), {
      gradient: false,
    }),
  ],
};
