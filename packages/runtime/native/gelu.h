// The ops ChuiGelu and ChuiGeluGrad; see packages/runtime/src/ops/gelu.ts for the formulas.

#ifndef CHUI_GELU_H_
#define CHUI_GELU_H_

#include <cmath>

#include "kernel.h"

namespace chui {

// e^x to 2 units in the last place, for x from -87 to 88, by 2^n · e^r with |r| ≤ ln 2 / 2.
static inline float Exp(float x) {
  const float n = std::floor(x * 1.44269504f + 0.5f);
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float sum = 1.0f / 5040;
  for (const float factor : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) sum = sum * r + factor;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

struct Gate {
  // What x is multiplied with, and its derivative.
  float share, slope;
};

// Φ and φ. By Abramowitz and Stegun 7.1.26, whose error is 1.5e-7; e^(−x²/2) serves both.
static inline Gate NormalGate(float x) {
  const float exponential = Exp(std::max(-0.5f * x * x, -87.0f));
  const float t = 1.0f / (1.0f + 0.3275911f * 0.707106781f * std::fabs(x));
  const float tail = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) *
                     t * exponential * 0.5f;
  return {x < 0 ? tail : 1.0f - tail, exponential * 0.398942280f};
}

// (1 + tanh(z)) / 2 = 1 / (1 + e^(−2z)), with 2z = 2√(2/π) (x + 0.044715 x³).
static inline Gate TanhGate(float x) {
  const float scale = 1.59576912f, cubic = 0.044715f;
  const float z = scale * (x + cubic * x * x * x);
  const float share = 1.0f / (1.0f + Exp(std::min(std::max(-z, -87.0f), 87.0f)));
  return {share, share * (1.0f - share) * scale * (1.0f + 3.0f * cubic * x * x)};
}

static CHUI_FAST void NormalGelu(const float *__restrict__ x, float *__restrict__ y, int64_t size) {
  for (int64_t i = 0; i < size; ++i) y[i] = x[i] * NormalGate(x[i]).share;
}

static CHUI_FAST void TanhGelu(const float *__restrict__ x, float *__restrict__ y, int64_t size) {
  for (int64_t i = 0; i < size; ++i) y[i] = x[i] * TanhGate(x[i]).share;
}

static CHUI_FAST void NormalGeluGrad(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                     int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    const Gate gate = NormalGate(x[i]);
    dx[i] = dy[i] * (gate.share + x[i] * gate.slope);
  }
}

static CHUI_FAST void TanhGeluGrad(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                   int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    const Gate gate = TanhGate(x[i]);
    dx[i] = dy[i] * (gate.share + x[i] * gate.slope);
  }
}

template <typename T>
class GeluKernel {
 public:
  explicit GeluKernel(const Attributes &attributes) : tanh_(attributes.Bool("tanh")) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0);
    const Tensor y = Output(context, 0, ShapeOf(x), TF_TensorType(x.get()));
    const int64_t size = SizeOf(x);
    InParts(PartsOf(size, 1 << 14), size, [&](int64_t, int64_t begin, int64_t end) {
      InBlocks<T>(begin, end, Values<T>(y), {Values<T>(x)},
                  [&](const float *const *in, float *out, int64_t count) {
                    (tanh_ ? TanhGelu : NormalGelu)(in[0], out, count);
                  });
    });
  }

 private:
  const bool tanh_;
};

template <typename T>
class GeluGradKernel {
 public:
  explicit GeluGradKernel(const Attributes &attributes) : tanh_(attributes.Bool("tanh")) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0), dy = Input(context, 1);
    if (SizeOf(x) != SizeOf(dy)) throw std::runtime_error("x and dy must have one size");
    const Tensor dx = Output(context, 0, ShapeOf(x), TF_TensorType(x.get()));
    const int64_t size = SizeOf(x);
    InParts(PartsOf(size, 1 << 14), size, [&](int64_t, int64_t begin, int64_t end) {
      InBlocks<T>(begin, end, Values<T>(dx), {Values<T>(x), Values<T>(dy)},
                  [&](const float *const *in, float *out, int64_t count) {
                    (tanh_ ? TanhGeluGrad : NormalGeluGrad)(in[0], in[1], out, count);
                  });
    });
  }

 private:
  const bool tanh_;
};

static void RegisterGelu() {
  const Names attributes = {"T: {float, bfloat16}", "tanh: bool"};
  RegisterOp("ChuiGelu", attributes, {"x: T"}, {"y: T"}, InferSameShape);
  RegisterKernel<GeluKernel<float>>("ChuiGelu", TF_FLOAT);
  RegisterKernel<GeluKernel<Bfloat16>>("ChuiGelu", TF_BFLOAT16);
  RegisterOp("ChuiGeluGrad", attributes, {"x: T", "dy: T"}, {"dx: T"}, InferSameShape);
  RegisterKernel<GeluGradKernel<float>>("ChuiGeluGrad", TF_FLOAT);
  RegisterKernel<GeluGradKernel<Bfloat16>>("ChuiGeluGrad", TF_BFLOAT16);
}

}  // namespace chui

#endif  // CHUI_GELU_H_
