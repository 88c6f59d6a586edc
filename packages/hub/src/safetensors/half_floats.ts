/** Float32 values as float16, in bits: rounded to nearest, ties to even; beyond 65504 infinite from 65520 on; NaN stays NaN. */
export function toFloat16(values: Float32Array): Uint16Array {
  return narrow(values, (bits) => {
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
    if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 lies between the largest float16 and what would be next
    if (magnitude >= 0x38800000) return sign | roundShifted(magnitude - 0x38000000, 13);
    const exponent = magnitude >>> 23;
    if (exponent < 102) return sign; // less than half of the smallest subnormal, 2^-24
    return sign | roundShifted((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
  });
}

/** Float32 values as bfloat16, in bits: rounded to nearest, ties to even, and so to infinity; NaN stays NaN. */
export function toBfloat16(values: Float32Array): Uint16Array {
  return narrow(values, (bits) => {
    if ((bits & 0x7fffffff) <= 0x7f800000) return roundShifted(bits, 16);
    return (bits >>> 16) | ((bits >>> 16) & 0x7f ? 0 : 0x40);
  });
}

function narrow(values: Float32Array, toHalf: (bits: number) => number): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = toHalf(bits[i]!);
  return halves;
}

/** `bits / 2^shift`, rounded to nearest, ties to even. */
const roundShifted = (bits: number, shift: number) =>
  (bits + (1 << (shift - 1)) - 1 + ((bits >>> shift) & 1)) >>> shift;
