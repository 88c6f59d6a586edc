// The ops ChuiGelu and ChuiGeluGrad; see packages/runtime/src/ops/gelu.ts for the formulas.

#ifndef CHUI_GELU_H_
#define CHUI_GELU_H_

#include "exp.h"
#include "kernel.h"

namespace chui {

// Φ(x) from |x| and e^(−x²/2), by Abramowitz and Stegun 7.1.26, whose error is 1.5e-7.
static CHUI_INLINE float NormalShare(float x, float size, float bell) {
  const float t = 1.0f / (1.0f + 0.3275911f * 0.707106781f * size);
  const float tail =
      ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * bell;
  return 0.5f + __builtin_copysignf(0.5f - 0.5f * tail, x);
}

// (1 + tanh(z)) / 2 = 1 / (1 + e^(−2z)), with 2z = 2√(2/π) (x + 0.044715 x³).
static const float kScale = 1.59576912f, kCubic = 0.044715f;
static CHUI_INLINE float TanhShare(float x) { return 1.0f / (1.0f + Exp(-kScale * (x + kCubic * x * x * x))); }

// Beyond, both shares are 0 or 1.
static const float kNormalBound = 13, kTanhBound = 8;

static CHUI_FAST void NormalGelu(const float *__restrict__ x, float *__restrict__ y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float size = BoundedSize(x[i], kNormalBound);
    y[i] = x[i] * NormalShare(x[i], size, Exp(-0.5f * size * size));
  }
}

static CHUI_FAST void TanhGelu(const float *__restrict__ x, float *__restrict__ y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = x[i] * TanhShare(__builtin_copysignf(BoundedSize(x[i], kTanhBound), x[i]));
  }
}

static CHUI_FAST void NormalGeluGrad(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                     int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float size = BoundedSize(x[i], kNormalBound);
    const float bell = Exp(-0.5f * size * size);
    dx[i] = dy[i] * (NormalShare(x[i], size, bell) + x[i] * bell * 0.398942280f);
  }
}

static CHUI_FAST void TanhGeluGrad(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                   int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float bounded = __builtin_copysignf(BoundedSize(x[i], kTanhBound), x[i]);
    const float share = TanhShare(bounded);
    dx[i] = dy[i] * (share + bounded * share * (1.0f - share) * kScale * (1.0f + 3.0f * kCubic * bounded * bounded));
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
    Pieces(size, 1 << 14).Do([&](const Piece &piece) {
      InBlocks<T>(piece.begin, piece.end, Values<T>(y), {Values<T>(x)},
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
    Pieces(size, 1 << 14).Do([&](const Piece &piece) {
      InBlocks<T>(piece.begin, piece.end, Values<T>(dx), {Values<T>(x), Values<T>(dy)},
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
