// The exponential function, as part of loops that are made for a processor's vectors.

#ifndef CHUI_EXP_H_
#define CHUI_EXP_H_

#include "kernel.h"

namespace chui {

// e^x to 2 units in the last place, for x from -87 to 88, by 2^n · e^r with |r| ≤ ln 2 / 2.
static CHUI_INLINE float Exp(float x) {
  const float shift = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer
  const float n = (x * 1.44269504f + shift) - shift;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float sum =
      ((((((1.0f / 5040 * r + 1.0f / 720) * r + 1.0f / 120) * r + 1.0f / 24) * r + 1.0f / 6) * r + 0.5f) * r + 1.0f) * r +
      1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

// The smaller of |x| and a bound. By integers, whose order is that of floats: a compiler turns a choice between floats into
// a branch, and does not make a loop with one faster.
static CHUI_INLINE float BoundedSize(float x, float bound) {
  int32_t size, largest;
  std::memcpy(&size, &x, sizeof size);
  std::memcpy(&largest, &bound, sizeof largest);
  size &= 0x7fffffff;
  size = size < largest ? size : largest;
  std::memcpy(&x, &size, sizeof x);
  return x;
}

}  // namespace chui

#endif  // CHUI_EXP_H_
