// The ops ChuiSoftmax and ChuiSoftmaxGrad, over the last axis:
//
//   y = e^(x − max x) / Σ e^(x − max x)
//   dx = y · (dy − Σ y · dy)

#ifndef CHUI_SOFTMAX_H_
#define CHUI_SOFTMAX_H_

#include <limits>

#include "exp.h"
#include "kernel.h"

namespace chui {

// Rows must have a number or more.
static CHUI_FAST void SoftmaxRows(const float *x, float *y, int64_t rows, int64_t width) {
  const int64_t whole = width - width % kLanes;
  for (int64_t row = 0; row < rows; ++row) {
    const float *__restrict__ values = x + row * width;
    float *__restrict__ outputs = y + row * width;
    float lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = values[0];
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
      }
    }
    for (int64_t i = whole; i < width; ++i) lanes[0] = values[i] > lanes[0] ? values[i] : lanes[0];
    float largest = lanes[0];
    for (float each : lanes) largest = each > largest ? each : largest;

    // Of integers, whose order is that of floats without sign: beyond 87, e^−x is 0; beyond infinity, it is no number.
    const int32_t most = 0x42ae0000, infinity = 0x7f800000;
    int32_t unknown = 0;
    for (int64_t i = 0; i < width; ++i) {
      const float difference = values[i] - largest;
      int32_t size, power;
      std::memcpy(&size, &difference, sizeof size);
      size &= 0x7fffffff;
      unknown |= -(size > infinity);
      const float result = Exp(-BoundedSize(difference, 87.0f));
      std::memcpy(&power, &result, sizeof power);
      power &= -(size <= most);
      std::memcpy(&outputs[i], &power, sizeof power);
    }
    float sums[kLanes] = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += outputs[i + lane];
    }
    for (int64_t i = whole; i < width; ++i) sums[i - whole] += outputs[i];
    const float scale = unknown ? std::numeric_limits<float>::quiet_NaN() : 1 / SumOf(sums);
    for (int64_t i = 0; i < width; ++i) outputs[i] *= scale;
  }
}

static CHUI_FAST void SoftmaxGradRows(const float *y, const float *dy, float *dx, int64_t rows, int64_t width) {
  const int64_t whole = width - width % kLanes;
  for (int64_t row = 0; row < rows; ++row) {
    const float *__restrict__ outputs = y + row * width;
    const float *__restrict__ gradients = dy + row * width;
    float *__restrict__ results = dx + row * width;
    float sums[kLanes] = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += outputs[i + lane] * gradients[i + lane];
    }
    for (int64_t i = whole; i < width; ++i) sums[i - whole] += outputs[i] * gradients[i];
    const float sum = SumOf(sums);
    for (int64_t i = 0; i < width; ++i) results[i] = outputs[i] * (gradients[i] - sum);
  }
}

// Calls compute(from, rows) for parts of a tensor's rows; from is the place of the first one's first number.
template <typename Compute>
static void ByRows(const Tensor &tensor, const Compute &compute) {
  const int64_t size = SizeOf(tensor), width = size > 0 ? ShapeOf(tensor).back() : 1, rows = size / width;
  Pieces::OfRows(rows, width).Do([&](const Piece &piece) { compute(piece.begin * width, piece.Size(), width); });
}

class SoftmaxKernel {
 public:
  explicit SoftmaxKernel(const Attributes &) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0);
    if (ShapeOf(x).empty()) throw std::runtime_error("x must have an axis");
    const Tensor y = Output(context, 0, ShapeOf(x));
    ByRows(x, [&](int64_t from, int64_t rows, int64_t width) {
      SoftmaxRows(Values(x) + from, Values(y) + from, rows, width);
    });
  }
};

class SoftmaxGradKernel {
 public:
  explicit SoftmaxGradKernel(const Attributes &) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor y = Input(context, 0), dy = Input(context, 1);
    if (ShapeOf(y).empty() || ShapeOf(y) != ShapeOf(dy)) throw std::runtime_error("y and dy must have one shape");
    const Tensor dx = Output(context, 0, ShapeOf(y));
    ByRows(y, [&](int64_t from, int64_t rows, int64_t width) {
      SoftmaxGradRows(Values(y) + from, Values(dy) + from, Values(dx) + from, rows, width);
    });
  }
};

static void RegisterSoftmax() {
  RegisterOp("ChuiSoftmax", {}, {"x: float"}, {"y: float"}, InferSameShape);
  RegisterKernel<SoftmaxKernel>("ChuiSoftmax");
  RegisterOp("ChuiSoftmaxGrad", {}, {"y: float", "dy: float"}, {"dx: float"}, InferSameShape);
  RegisterKernel<SoftmaxGradKernel>("ChuiSoftmaxGrad");
}

}  // namespace chui

#endif  // CHUI_SOFTMAX_H_
