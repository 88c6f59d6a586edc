// The ops ChuiLayerNorm and ChuiLayerNormGrad; see packages/runtime/src/ops/layer_norm.ts for the formulas.

#ifndef CHUI_LAYER_NORM_H_
#define CHUI_LAYER_NORM_H_

#include <cmath>

#include "kernel.h"

namespace chui {

static CHUI_FAST void LayerNormRows(const float *x, const float *__restrict__ gamma, const float *__restrict__ beta,
                                    float *y, float *means, float *scales, int64_t rows, int64_t width,
                                    float epsilon) {
  for (int64_t row = 0; row < rows; ++row) {
    const float *__restrict__ values = x + row * width;
    float *__restrict__ outputs = y + row * width;
    const int64_t whole = width - width % kLanes;
    float sums[kLanes] = {}, squares[kLanes] = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane];
    }
    for (int64_t i = whole; i < width; ++i) sums[i - whole] += values[i];
    const float mean = SumOf(sums) / width;
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        squares[lane] += (values[i + lane] - mean) * (values[i + lane] - mean);
      }
    }
    for (int64_t i = whole; i < width; ++i) squares[i - whole] += (values[i] - mean) * (values[i] - mean);
    const float scale = 1 / std::sqrt(SumOf(squares) / width + epsilon);
    for (int64_t i = 0; i < width; ++i) outputs[i] = (values[i] - mean) * scale * gamma[i] + beta[i];
    means[row] = mean;
    scales[row] = scale;
  }
}

static CHUI_FAST void LayerNormGradRows(const float *dy, const float *x, const float *means, const float *scales,
                                        const float *__restrict__ gamma, float *dx, float *__restrict__ d_gamma,
                                        float *__restrict__ d_beta, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row) {
    const float *__restrict__ gradients = dy + row * width;
    const float *__restrict__ values = x + row * width;
    float *__restrict__ results = dx + row * width;
    const float mean = means[row], scale = scales[row];
    const int64_t whole = width - width % kLanes;
    float sums[kLanes] = {}, products[kLanes] = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        const float upstream = gradients[i + lane] * gamma[i + lane];
        sums[lane] += upstream;
        products[lane] += upstream * ((values[i + lane] - mean) * scale);
      }
    }
    for (int64_t i = whole; i < width; ++i) {
      const float upstream = gradients[i] * gamma[i];
      sums[i - whole] += upstream;
      products[i - whole] += upstream * ((values[i] - mean) * scale);
    }
    const float sum = SumOf(sums) / width, product = SumOf(products) / width;
    for (int64_t i = 0; i < width; ++i) {
      const float normalized = (values[i] - mean) * scale;
      results[i] = scale * (gradients[i] * gamma[i] - sum - normalized * product);
      d_gamma[i] += gradients[i] * normalized;
      d_beta[i] += gradients[i];
    }
  }
}

class LayerNormKernel {
 public:
  explicit LayerNormKernel(const Attributes &attributes) : epsilon_(attributes.Float("epsilon")) {}

  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    Shapes shapes(context, status);
    shapes.Same(0, 0);
    shapes.Rows(1, 0);
    shapes.Rows(2, 0);
  }

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0), gamma = Input(context, 1), beta = Input(context, 2);
    const int64_t width = SizeOf(gamma);
    std::vector<int64_t> shape = ShapeOf(x);
    if (shape.empty() || shape.back() != width || SizeOf(beta) != width) {
      throw std::runtime_error("gamma and beta must be as wide as x");
    }
    const Tensor y = Output(context, 0, shape);
    shape.pop_back();
    const Tensor means = Output(context, 1, shape), scales = Output(context, 2, shape);
    const int64_t rows = SizeOf(means);
    Pieces::OfRows(rows, width).Do([&](const Piece &piece) {
      const int64_t row = piece.begin, at = row * width;
      LayerNormRows(Values(x) + at, Values(gamma), Values(beta), Values(y) + at, Values(means) + row, Values(scales) + row,
                    piece.Size(), width, epsilon_);
    });
  }

 private:
  const float epsilon_;
};

class LayerNormGradKernel {
 public:
  explicit LayerNormGradKernel(const Attributes &) {}

  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    Shapes shapes(context, status);
    shapes.Same(0, 0);
    shapes.Same(1, 4);
    shapes.Same(2, 4);
  }

  void Run(TF_OpKernelContext *context) const {
    const Tensor dy = Input(context, 0), x = Input(context, 1), means = Input(context, 2);
    const Tensor scales = Input(context, 3), gamma = Input(context, 4);
    const int64_t width = SizeOf(gamma), rows = SizeOf(means);
    if (SizeOf(dy) != rows * width || SizeOf(x) != rows * width || SizeOf(scales) != rows) {
      throw std::runtime_error("x and dy must have the means' rows, as wide as gamma");
    }
    const Tensor dx = Output(context, 0, ShapeOf(dy));
    const Tensor d_gamma = Output(context, 1, ShapeOf(gamma)), d_beta = Output(context, 2, ShapeOf(gamma));
    const Pieces pieces = Pieces::OfRows(rows, width);
    // Each piece's own sums: dγ, dβ.
    std::vector<std::vector<float>> sums(pieces.count, std::vector<float>(2 * width));
    pieces.Do([&](const Piece &piece) {
      const int64_t row = piece.begin, at = row * width;
      float *const own = sums[piece.index].data();
      LayerNormGradRows(Values(dy) + at, Values(x) + at, Values(means) + row, Values(scales) + row, Values(gamma),
                        Values(dx) + at, own, own + width, piece.Size(), width);
    });
    for (int64_t i = 0; i < width; ++i) {
      float gamma_sum = 0, beta_sum = 0;
      for (const auto &sum : sums) {
        gamma_sum += sum[i];
        beta_sum += sum[width + i];
      }
      Values(d_gamma)[i] = gamma_sum;
      Values(d_beta)[i] = beta_sum;
    }
  }
};

static void RegisterLayerNorm() {
  RegisterOp("ChuiLayerNorm", {"epsilon: float"}, {"x: float", "gamma: float", "beta: float"},
             {"y: float", "mean: float", "scale: float"}, &LayerNormKernel::InferShapes);
  RegisterKernel<LayerNormKernel>("ChuiLayerNorm");
  RegisterOp("ChuiLayerNormGrad", {}, {"dy: float", "x: float", "mean: float", "scale: float", "gamma: float"},
             {"dx: float", "d_gamma: float", "d_beta: float"}, &LayerNormGradKernel::InferShapes);
  RegisterKernel<LayerNormGradKernel>("ChuiLayerNormGrad");
}

}  // namespace chui

#endif  // CHUI_LAYER_NORM_H_
