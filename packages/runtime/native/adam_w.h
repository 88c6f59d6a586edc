// The ops ChuiAdamW and ChuiAdamWInPlace: one pass over gradients for their norm, one over everything for the update. Op by
// op, or as a graph, TensorFlow passes over the same memory some twenty times.
//
// The second writes parameters and state where they are, which is half of the memory: its caller sees to it that nothing
// else has their buffers (own.h), and nothing else reads them meanwhile, so it is no op for graphs.
//
// See packages/runtime/src/optimizers/adam_w.ts for the formulas.

#ifndef CHUI_ADAM_W_H_
#define CHUI_ADAM_W_H_

#include <cmath>

#include "kernel.h"

namespace chui {

struct AdamWBefore {
  const float *parameter, *gradient, *mean, *mean_square;
};
struct AdamWAfter {
  float *parameter, *mean, *mean_square;
};
struct AdamWFactors {
  float beta1, beta2, epsilon, scale, keep, rate, root_bias;
};

CHUI_FAST static void UpdateByAdamW(const AdamWBefore &before, const AdamWAfter &after, int64_t size,
                                    const AdamWFactors &factors) {
  const float *p = before.parameter, *g = before.gradient, *m = before.mean, *v = before.mean_square;
  float *new_p = after.parameter, *new_m = after.mean, *new_v = after.mean_square;
  const auto [beta1, beta2, epsilon, scale, keep, rate, root_bias] = factors;
  // What is written is what was read in the same place, or lies elsewhere altogether.
#pragma GCC ivdep
  for (int64_t i = 0; i < size; ++i) {
    const float gradient = g[i] * scale;
    const float mean = beta1 * m[i] + (1 - beta1) * gradient;
    const float mean_square = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
    new_m[i] = mean;
    new_v[i] = mean_square;
    new_p[i] = p[i] * keep - mean / (std::sqrt(mean_square) / root_bias + epsilon) * rate;
  }
}

template <bool in_place>
class AdamWKernel {
 public:
  static constexpr const char *kName = in_place ? "ChuiAdamWInPlace" : "ChuiAdamW";

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
    int output = 0;
    if (!in_place) {
      for (; output < count; ++output) shapes.Same(output, output);
      for (int state : {0, 1}) shapes.Same(output++, 2 * count + state);
    }
    shapes.Scalar(output++);
    shapes.Same(output++, 2 * count + 2);
    shapes.Scalar(output++);
  }

  void Run(TF_OpKernelContext *context) const {
    std::vector<Tensor> parameters, gradients;
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
    int output = 0;
    // Where the new values of an input go.
    const auto result_of = [&](const Tensor &input) {
      return in_place ? Tensor() : Output(context, output++, ShapeOf(input));
    };
    std::vector<Tensor> results;
    for (const Tensor &parameter : parameters) results.push_back(result_of(parameter));
    const Tensor mean_result = result_of(mean), mean_square_result = result_of(mean_square);
    const Tensor norm = Output(context, output++, {}), norms = Output(context, output++, {count_});
    const Tensor taken = Output(context, output++, {});
    std::vector<float *> updated;
    for (int i = 0; i < count_; ++i) updated.push_back(Values(in_place ? parameters[i] : results[i]));
    float *const new_mean = Values(in_place ? mean : mean_result);
    float *const new_mean_square = Values(in_place ? mean_square : mean_square_result);

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
    if (!made && in_place) return;
    if (!made) {
      pieces.Do([&](const Piece &piece) {
        each(piece.begin, piece.end, [&](size_t i, int64_t first, int64_t last) {
          Copy(Values(parameters[i]) + first, updated[i] + first, last - first);
        });
        Copy(Values(mean) + piece.begin, new_mean + piece.begin, piece.end - piece.begin);
        Copy(Values(mean_square) + piece.begin, new_mean_square + piece.begin, piece.end - piece.begin);
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
        UpdateByAdamW({Values(parameters[i]) + first, Values(gradients[i]) + first, Values(mean) + at,
                       Values(mean_square) + at},
                      {updated[i] + first, new_mean + at, new_mean_square + at}, last - first,
                      {beta1_, beta2_, epsilon_, scale, 1 - rate * factor * Values(decay)[i], corrected * factor,
                       root_bias});
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

  const int count_;
  const float beta1_, beta2_, epsilon_, clip_norm_;
  const bool guarded_;
};

template <bool in_place>
static void RegisterAdamWKernel(Names outputs) {
  using Kernel = AdamWKernel<in_place>;
  RegisterOp(Kernel::kName,
             {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float", "clip_norm: float", "guarded: bool"},
             {"parameters: N * float", "gradients: N * float", "mean: float", "mean_square: float", "decay: float",
              "rates: float", "rate: float", "step: float", "allowed: float"},
             outputs, &Kernel::InferShapes);
  RegisterKernel<Kernel>(Kernel::kName);
}

static void RegisterAdamW() {
  RegisterAdamWKernel<false>(
      {"updated: N * float", "new_mean: float", "new_mean_square: float", "norm: float", "norms: float", "taken: float"});
  RegisterAdamWKernel<true>({"norm: float", "norms: float", "taken: float"});
}

}  // namespace chui

#endif  // CHUI_ADAM_W_H_
