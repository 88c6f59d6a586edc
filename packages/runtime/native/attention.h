// The op ChuiAttention, for processors with AVX2: for each head h of H, which has its part of the last axes,
//
//   context_h = softmax(query_h · keys_hᵀ / √K) · values_h
//
// a block of rows at a time, so that its weights stay in the first cache, and no head is moved elsewhere in between. With
// ChuiMaskedAttention weights are 0 where `allowed` is.

#ifndef CHUI_ATTENTION_H_
#define CHUI_ATTENTION_H_

#include <cmath>

#include "mat_mul.h"
#include "softmax.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// Scores that a mask takes away are so much less than those that it leaves.
constexpr float kBlocked = 1e38f;

// Rows of a block; the weights of 128 slots then fit the first cache.
constexpr int64_t kRows = 8 * kTileRows;

template <bool masked>
class AttentionKernel {
 public:
  explicit AttentionKernel(const Attributes &attributes) : heads_(attributes.Int("heads")) {}

  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    Shapes(context, status).Joined(-2, 2, -1);
  }

  // query (B, T, H·K), keys (B, S, H·K), values (B, S, H·V), allowed (B or 1, H or 1, T or 1, S or 1)
  void Run(TF_OpKernelContext *context) const {
    const Tensor query = Input(context, 0), keys = Input(context, 1), values = Input(context, 2);
    const Tensor allowed = masked ? Input(context, 3) : nullptr;
    std::vector<int64_t> shape = ShapeOf(query);
    const std::vector<int64_t> of_keys = ShapeOf(keys), of_values = ShapeOf(values);
    if (shape.size() != 3 || of_keys.size() != 3 || of_values.size() != 3 || of_keys[0] != shape[0] ||
        of_values[0] != shape[0] || of_keys[1] != of_values[1] || of_keys[2] != shape[2] || shape[2] % heads_ ||
        of_values[2] % heads_) {
      throw std::runtime_error("query, keys and values must belong together, and have the heads side by side");
    }
    const int64_t batch = shape[0], length = shape[1], slots = of_keys[1];
    const int64_t width = shape[2], key_width = width / heads_, out_width = of_values[2], value_width = out_width / heads_;
    shape[2] = out_width;
    const Tensor result = Output(context, 0, shape);
    if (SizeOf(result) == 0) return;
    const Mask mask(allowed, {batch, heads_, length, slots});

    // Several pieces share a head's rows where there are few heads.
    const int64_t heads = batch * heads_, blocks = (length + kRows - 1) / kRows;
    const Pieces pieces = Pieces::OfProducts(heads * blocks, kRows * slots * (key_width + value_width));
    const Panel all_keys{0, slots, 0, key_width}, all_values{0, value_width, 0, slots};
    const std::vector<float> zeros(std::max(slots, value_width));
    const int64_t scratch_size = all_keys.Size() + all_values.Size() + RoundUp(kRows * slots, kTileColumns);
    thread_local Scratch scratch;
    float *const memory = scratch.OfSize(pieces.threads * scratch_size);
    pieces.Do([&](const Piece &piece) {
      float *const copy_of_keys = memory + piece.thread * scratch_size;
      float *const copy_of_values = copy_of_keys + all_keys.Size();
      float *const weights = copy_of_values + all_values.Size();
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t sample = index / blocks / heads_, head = index / blocks % heads_, row = index % blocks * kRows;
        const int64_t rows = std::min(kRows, length - row);
        const Product scores{{Values(query) + (sample * length + row) * width + head * key_width, width, 1},
                             {Values(keys) + sample * slots * width + head * key_width, 1, width},
                             {zeros.data(), 0},
                             {weights, slots},
                             rows,
                             slots,
                             key_width};
        const Product contexts{{weights, slots, 1},
                               {Values(values) + sample * slots * out_width + head * value_width, out_width, 1},
                               {zeros.data(), 0},
                               {Values(result) + (sample * length + row) * out_width + head * value_width, out_width},
                               rows,
                               value_width,
                               slots};
        if (index == piece.begin || row == 0) {
          CopyPanel(scores, all_keys, 0, all_keys.Tiles(), copy_of_keys);
          Scale(copy_of_keys, all_keys.Size(), 1 / std::sqrt(static_cast<float>(key_width)));
          CopyPanel(contexts, all_values, 0, all_values.Tiles(), copy_of_values);
        }
        MultiplyPanel(scores, all_keys, copy_of_keys, nullptr);
        if (masked) mask.Block(sample, head, row, rows, weights);
        if (slots > 0) SoftmaxRows(weights, weights, rows, slots);
        if (masked) mask.Clear(sample, head, row, rows, weights);
        MultiplyPanel(contexts, all_values, copy_of_values, nullptr);
      }
    });
  }

 private:
  // What may be attended to.
  class Mask {
   public:
    Mask(const Tensor &allowed, const std::vector<int64_t> &sizes) : slots_(sizes[3]) {
      if (!allowed) return;
      values_ = Values(allowed);
      const std::vector<int64_t> shape = ShapeOf(allowed);
      if (shape.size() != 4) throw std::runtime_error("allowed must have four axes");
      int64_t step = 1;
      for (int axis = 3; axis >= 0; --axis) {
        if (shape[axis] != 1 && shape[axis] != sizes[axis]) throw std::runtime_error("allowed must fit the weights");
        steps_[axis] = shape[axis] == 1 ? 0 : step;
        step *= shape[axis];
      }
    }

    void Block(int64_t sample, int64_t head, int64_t row, int64_t rows, float *scores) const {
      ForEach(sample, head, row, rows, scores, [](float score, float allowed) { return score + (allowed - 1) * kBlocked; });
    }

    void Clear(int64_t sample, int64_t head, int64_t row, int64_t rows, float *weights) const {
      ForEach(sample, head, row, rows, weights, [](float weight, float allowed) { return weight * allowed; });
    }

   private:
    template <typename Change>
    void ForEach(int64_t sample, int64_t head, int64_t row, int64_t rows, float *numbers, const Change &change) const {
      for (int64_t i = 0; i < rows; ++i) {
        const float *allowed = values_ + sample * steps_[0] + head * steps_[1] + (row + i) * steps_[2];
        for (int64_t j = 0; j < slots_; ++j) numbers[i * slots_ + j] = change(numbers[i * slots_ + j], allowed[j * steps_[3]]);
      }
    }

    const int64_t slots_;
    const float *values_ = nullptr;
    int64_t steps_[4] = {};
  };

  static void Scale(float *values, int64_t count, float scale) {
    for (int64_t i = 0; i < count; ++i) values[i] *= scale;
  }

  const int64_t heads_;
};

static void RegisterAttention() {
  if (!MultipliesMatrices()) return;
  RegisterOp("ChuiAttention", {"heads: int >= 1"}, {"query: float", "keys: float", "values: float"}, {"context: float"},
             &AttentionKernel<false>::InferShapes);
  RegisterKernel<AttentionKernel<false>>("ChuiAttention");
  RegisterOp("ChuiMaskedAttention", {"heads: int >= 1"},
             {"query: float", "keys: float", "values: float", "allowed: float"}, {"context: float"},
             &AttentionKernel<true>::InferShapes);
  RegisterKernel<AttentionKernel<true>>("ChuiMaskedAttention");
}

#else

static void RegisterAttention() {}

#endif

}  // namespace chui

#endif  // CHUI_ATTENTION_H_
