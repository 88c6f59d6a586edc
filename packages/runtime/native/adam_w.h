// The op ChuiAdamW: one pass over gradients for their norm, one over everything for the update. Op by op, or as a graph,
// TensorFlow passes over the same memory some twenty times.
//
// See packages/runtime/src/optimizers/adam_w.ts for the formulas.

#ifndef CHUI_ADAM_W_H_
#define CHUI_ADAM_W_H_

#include <cmath>

#include "kernel.h"

namespace chui {

class AdamWKernel {
 public:
  explicit AdamWKernel(const Attributes &attributes)
      : count_(static_cast<int>(attributes.Int("N"))),
        beta1_(attributes.Float("beta1")),
        beta2_(attributes.Float("beta2")),
        epsilon_(attributes.Float("epsilon")),
        clip_norm_(attributes.Float("clip_norm")),
        guarded_(attributes.Bool("guarded")) {}

  // Every output has the shape of an input, but for the norm of all and whether the update was made.
  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    const int count = static_cast<int>((TF_ShapeInferenceContextNumInputs(context) - 7) / 2);
    Shapes shapes(context, status);
    for (int i = 0; i < count; ++i) shapes.Same(i, i);
    shapes.Same(count, 2 * count);
    shapes.Same(count + 1, 2 * count + 1);
    shapes.Scalar(count + 2);
    shapes.Same(count + 3, 2 * count + 2);
    shapes.Scalar(count + 4);
  }

  void Run(TF_OpKernelContext *context) const {
    std::vector<Tensor> parameters, gradients, updated;
    for (int i = 0; i < count_; ++i) parameters.push_back(Input(context, i));
    for (int i = 0; i < count_; ++i) gradients.push_back(Input(context, count_ + i));
    const Tensor mean = Input(context, 2 * count_), mean_square = Input(context, 2 * count_ + 1);
    const Tensor decay = Input(context, 2 * count_ + 2), rates = Input(context, 2 * count_ + 3);
    const float rate = *Values(Input(context, 2 * count_ + 4)), step = *Values(Input(context, 2 * count_ + 5));
    const bool allowed = *Values(Input(context, 2 * count_ + 6)) != 0;

    // Where each parameter begins in the state, which has all of them end to end.
    std::vector<int64_t> begins{0};
    for (int i = 0; i < count_; ++i) {
      const int64_t size = SizeOf(parameters[i]);
      if (SizeOf(gradients[i]) != size) {
        throw std::runtime_error("a gradient must have the size of its parameter");
      }
      begins.push_back(begins.back() + size);
    }
    const int64_t size = begins.back();
    if (SizeOf(mean) != size || SizeOf(mean_square) != size || SizeOf(decay) != count_ || SizeOf(rates) != count_) {
      throw std::runtime_error("the state must have the size of all parameters");
    }
    for (int i = 0; i < count_; ++i) updated.push_back(Output(context, i, ShapeOf(parameters[i])));
    const Tensor new_mean = Output(context, count_, ShapeOf(mean));
    const Tensor new_mean_square = Output(context, count_ + 1, ShapeOf(mean_square));
    const Tensor norm = Output(context, count_ + 2, {}), norms = Output(context, count_ + 3, {count_});
    const Tensor taken = Output(context, count_ + 4, {});

    // Calls `visit(i, first, last)` for the elements of each parameter i that lie between two places of the state.
    const auto each = [&](int64_t begin, int64_t end, const auto &visit) {
      size_t i = std::upper_bound(begins.begin(), begins.end(), begin) - begins.begin() - 1;
      for (; begin < end; begin = begins[++i]) visit(i, begin - begins[i], std::min(end, begins[i + 1]) - begins[i]);
    };

    const Pieces pieces(size, 1 << 18);
    // Of the parts of parameters that lie in each piece.
    std::vector<std::vector<std::pair<size_t, double>>> squares(pieces.count);
    pieces.Do([&](const Piece &piece) {
      each(piece.begin, piece.end, [&](size_t i, int64_t first, int64_t last) {
        squares[piece.index].emplace_back(i, SumOfSquares(Values(gradients[i]) + first, last - first));
      });
    });
    double total = 0;
    std::vector<double> totals(count_);
    for (const auto &piece : squares) {
      double sum = 0;
      for (const auto &[i, square] : piece) {
        sum += square;
        totals[i] += square;
      }
      total += sum;
    }
    const float length = static_cast<float>(std::sqrt(total));
    *Values(norm) = length;
    for (int i = 0; i < count_; ++i) Values(norms)[i] = static_cast<float>(std::sqrt(totals[i]));

    const bool made = !guarded_ || (allowed && std::isfinite(length));
    *Values(taken) = made;
    if (!made) {
      pieces.Do([&](const Piece &piece) {
        each(piece.begin, piece.end, [&](size_t i, int64_t first, int64_t last) {
          Copy(Values(parameters[i]) + first, Values(updated[i]) + first, last - first);
        });
        Copy(Values(mean) + piece.begin, Values(new_mean) + piece.begin, piece.end - piece.begin);
        Copy(Values(mean_square) + piece.begin, Values(new_mean_square) + piece.begin, piece.end - piece.begin);
      });
      return;
    }

    const float scale = clip_norm_ > 0 ? std::min(1.0f, clip_norm_ / (length + 1e-6f)) : 1.0f;
    const float root_bias = std::sqrt(1 - std::pow(beta2_, step));
    const float corrected = rate / (1 - std::pow(beta1_, step));
    pieces.Do([&](const Piece &piece) {
      each(piece.begin, piece.end, [&](size_t i, int64_t first, int64_t last) {
        const int64_t at = begins[i] + first;
        const float factor = Values(rates)[i];
        Update({Values(parameters[i]) + first, Values(gradients[i]) + first, Values(mean) + at,
                Values(mean_square) + at},
               {Values(updated[i]) + first, Values(new_mean) + at, Values(new_mean_square) + at}, last - first, scale,
               1 - rate * factor * Values(decay)[i], corrected * factor, root_bias);
      });
    });
  }

  static void Copy(const float *from, float *to, int64_t count) { std::memcpy(to, from, count * sizeof(float)); }

  // In float by blocks, so that it is fast, and in double over them, so that it is exact.
  static double SumOfSquares(const float *values, int64_t size) {
    double total = 0;
    for (int64_t block = 0; block < size; block += 1024) {
      float lanes[8] = {};
      const int64_t end = std::min<int64_t>(size, block + 1024);
      int64_t i = block;
      for (; i + 8 <= end; i += 8) {
        for (int lane = 0; lane < 8; ++lane) lanes[lane] += values[i + lane] * values[i + lane];
      }
      for (; i < end; ++i) lanes[0] += values[i] * values[i];
      for (float lane : lanes) total += lane;
    }
    return total;
  }

  struct Before {
    const float *parameter, *gradient, *mean, *mean_square;
  };
  struct After {
    float *parameter, *mean, *mean_square;
  };

  void Update(const Before &before, const After &after, int64_t size, float scale, float keep, float rate,
              float root_bias) const {
    const float *__restrict__ p = before.parameter, *__restrict__ g = before.gradient;
    const float *__restrict__ m = before.mean, *__restrict__ v = before.mean_square;
    float *__restrict__ new_p = after.parameter, *__restrict__ new_m = after.mean;
    float *__restrict__ new_v = after.mean_square;
    const float beta1 = beta1_, beta2 = beta2_, epsilon = epsilon_;
    for (int64_t i = 0; i < size; ++i) {
      const float gradient = g[i] * scale;
      const float mean = beta1 * m[i] + (1 - beta1) * gradient;
      const float mean_square = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
      new_m[i] = mean;
      new_v[i] = mean_square;
      new_p[i] = p[i] * keep - mean / (std::sqrt(mean_square) / root_bias + epsilon) * rate;
    }
  }

  const int count_;
  const float beta1_, beta2_, epsilon_, clip_norm_;
  const bool guarded_;
};

static void RegisterAdamW() {
  RegisterOp("ChuiAdamW", {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float", "clip_norm: float", "guarded: bool"},
             {"parameters: N * float", "gradients: N * float", "mean: float", "mean_square: float", "decay: float",
              "rates: float", "rate: float", "step: float", "allowed: float"},
             {"updated: N * float", "new_mean: float", "new_mean_square: float", "norm: float", "norms: float",
              "taken: float"},
             &AdamWKernel::InferShapes);
  RegisterKernel<AdamWKernel>("ChuiAdamW");
}

}  // namespace chui

#endif  // CHUI_ADAM_W_H_
