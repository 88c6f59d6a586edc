// The ops ChuiAttention and ChuiAttentionGrad, for processors with AVX2 or AVX-512: for each head h of H, which has its part of the
// last axes,
//
//   context_h = dropout(softmax(query_h · keys_hᵀ / √K)) · values_h
//
// a block of queries at a time, so that memory grows with the slots alone, and no head is moved elsewhere in between. The
// gradient computes the weights of a block again, as Dao et al. (2022), https://arxiv.org/abs/2205.14135, do. Weights are 0
// where `allowed` is, if it is not empty, and, if `causal`, of slots that are later than the query.

#ifndef CHUI_ATTENTION_H_
#define CHUI_ATTENTION_H_

#include <cmath>

#include "dropout.h"
#include "kernel.h"
#include "products.h"
#include "softmax.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// Scores that a mask takes away are so much less than those that it leaves.
constexpr float kBlocked = 1e38f;

// Queries of a block, whose weights of 128 slots then fit the first cache.
template <typename Isa>
constexpr int64_t kQueries = 8 * Isa::kRows;

// Slots that are multiplied at once: whole tiles.
template <typename Isa>
constexpr int64_t kSlots = (127 / Isa::kColumns + 1) * Isa::kColumns;

// How many times as long as in a large product a multiplication takes: heads are small, and there are weights between products.
constexpr int64_t kSlowness = 6;

// What is drawn for weights (B, H, T, S), in their order.
class WeightDropout {
 public:
  WeightDropout(float rate, float kept, const Tensor &seed)
      : drops_(rate > 0),
        dropping_{drops_ ? Stream(Values<int32_t>(seed)[0], Values<int32_t>(seed)[1]) : Stream(0, 0),
                  static_cast<int32_t>(std::ceil(static_cast<double>(rate) * (1 << 23))), kept} {}

  // Drops of the numbers from `first` on.
  void Row(int64_t first, int64_t count, float *values) const {
    if (!drops_) return;
    static const DropBlock drop = FastestDrop();
    for (int64_t done = 0; done < count;) {
      const int64_t skipped = (first + done) % kDrawn, here = std::min(kDrawn - skipped, count - done);
      if (here == kDrawn) {
        drop(dropping_, first + done, values + done, values + done);
      } else {
        float block[kDrawn] = {}, dropped[kDrawn];
        std::copy(values + done, values + done + here, block + skipped);
        drop(dropping_, first + done - skipped, block, dropped);
        std::copy(dropped + skipped, dropped + skipped + here, values + done);
      }
      done += here;
    }
  }

 private:
  const bool drops_;
  const Dropping dropping_;
};

// What may be attended to.
class AttentionMask {
 public:
  AttentionMask(const Tensor &allowed, const std::vector<int64_t> &sizes) {
    if (SizeOf(allowed) == 0) return;
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

  void Block(int64_t sample, int64_t head, int64_t row, int64_t count, float *scores) const {
    if (!values_) return;
    const float *allowed = Row(sample, head, row);
    for (int64_t j = 0; j < count; ++j) scores[j] += (allowed[j * steps_[3]] - 1) * kBlocked;
  }

  void Clear(int64_t sample, int64_t head, int64_t row, int64_t count, float *weights) const {
    if (!values_) return;
    const float *allowed = Row(sample, head, row);
    for (int64_t j = 0; j < count; ++j) weights[j] *= allowed[j * steps_[3]];
  }

 private:
  const float *Row(int64_t sample, int64_t head, int64_t row) const {
    return values_ + sample * steps_[0] + head * steps_[1] + row * steps_[2];
  }

  const float *values_ = nullptr;
  int64_t steps_[4] = {};
};

// The inputs query (B, T, H·K), keys (B, S, H·K), values (B, S, H·V), allowed (B or 1, H or 1, T or 1, S or 1) or nothing,
// and seed (2), from the input `first` on, and what their numbers mean.
template <typename Isa>
class AttentionInputs {
 public:
  struct Options {
    explicit Options(const Attributes &attributes)
        : heads(attributes.Int("heads")),
          causal(attributes.Bool("causal")),
          rate(attributes.Float("rate")),
          kept(attributes.Float("kept")) {}

    const int64_t heads;
    const bool causal;
    const float rate, kept;
  };

  AttentionInputs(TF_OpKernelContext *context, int first, const Options &options)
      : query(Input(context, first)),
        keys(Input(context, first + 1)),
        values(Input(context, first + 2)),
        heads(options.heads),
        causal(options.causal),
        allowed_(Input(context, first + 3)),
        seed_(Input(context, first + 4)) {
    const std::vector<int64_t> of_query = ShapeOf(query), of_keys = ShapeOf(keys), of_values = ShapeOf(values);
    if (of_query.size() != 3 || of_keys.size() != 3 || of_values.size() != 3 || of_keys[0] != of_query[0] ||
        of_values[0] != of_query[0] || of_keys[1] != of_values[1] || of_keys[2] != of_query[2] ||
        of_query[2] % heads || of_values[2] % heads) {
      throw std::runtime_error("query, keys and values must belong together, and have the heads side by side");
    }
    batch = of_query[0], length = of_query[1], slots = of_keys[1];
    width = of_query[2], out_width = of_values[2];
    key_width = width / heads, value_width = out_width / heads;
    scale = 1 / std::sqrt(static_cast<float>(key_width));
    if (options.rate > 0 && SizeOf(seed_) != 2) throw std::runtime_error("a seed must be two numbers");
    mask_ = std::make_unique<AttentionMask>(allowed_, std::vector<int64_t>{batch, heads, length, slots});
    dropout_ = std::make_unique<WeightDropout>(options.rate, options.kept, seed_);
    zeros_.resize(std::max(kSlots<Isa>, std::max(key_width, value_width)));
  }

  // Slots that queries before `end` may see, in whole parts.
  int64_t Seen(int64_t end) const { return causal ? std::min(slots, RoundUp(end, kSlots<Isa>)) : slots; }

  // Calls visit(first, count) for the slots before `end`, part by part.
  template <typename Visit>
  static void ForSlots(int64_t end, const Visit &visit) {
    for (int64_t first = 0; first < end; first += kSlots<Isa>) visit(first, std::min(kSlots<Isa>, end - first));
  }

  // A part of a head's keys or values as the second factor of a product with as many columns as it has slots.
  Matrix Across(const Tensor &memory, int64_t sample, int64_t head, int64_t each, int64_t first) const {
    const int64_t step = each * heads;
    return {Values(memory) + (sample * slots + first) * step + head * each, 1, step};
  }

  // The same as one with as many rows.
  Matrix Along(const Tensor &memory, int64_t sample, int64_t head, int64_t each, int64_t first) const {
    const Matrix across = Across(memory, sample, head, each, first);
    return {across.values, across.column_step, 1};
  }

  // Rows of a head's part of a tensor (B, T, H·each).
  Rows<float> HeadRows(const Tensor &tensor, int64_t sample, int64_t head, int64_t each, int64_t row) const {
    const int64_t step = each * heads;
    return {Values(tensor) + (sample * length + row) * step + head * each, step};
  }

  Rows<const float> Zeros() const { return {zeros_.data(), 0}; }

  // Softmax of scores, in place, for rows of `seen` slots.
  void Normalize(int64_t sample, int64_t head, int64_t row, int64_t rows, int64_t seen, float *scores) const {
    for (int64_t i = 0; i < rows; ++i) {
      float *const each = scores + i * seen;
      mask_->Block(sample, head, row + i, seen, each);
      for (int64_t j = Past(row + i, seen); j < seen; ++j) each[j] -= kBlocked;
    }
    if (seen > 0) SoftmaxRows(scores, scores, rows, seen);
    for (int64_t i = 0; i < rows; ++i) {
      float *const each = scores + i * seen;
      mask_->Clear(sample, head, row + i, seen, each);
      std::fill(each + Past(row + i, seen), each + seen, 0.0f);
    }
  }

  // Drops of rows of `seen` slots.
  void Drop(int64_t sample, int64_t head, int64_t row, int64_t rows, int64_t seen, float *values) const {
    const int64_t first = ((sample * heads + head) * length + row) * slots;
    for (int64_t i = 0; i < rows; ++i) dropout_->Row(first + i * slots, seen, values + i * seen);
  }

  const Tensor query, keys, values;
  const int64_t heads;
  const bool causal;
  int64_t batch, length, slots, width, out_width, key_width, value_width;
  float scale;

 private:
  int64_t Past(int64_t row, int64_t seen) const { return causal ? std::min(seen, row + 1) : seen; }

  const Tensor allowed_, seed_;
  std::unique_ptr<AttentionMask> mask_;
  std::unique_ptr<WeightDropout> dropout_;
  std::vector<float> zeros_;
};

// Copies of the parts of a memory, as the second factors of products: with slots as their columns, or as their rows.
template <typename Isa>
class MemoryCopy {
 public:
  enum Direction { kSlotsAreColumns, kSlotsAreRows };

  // Numbers that a copy takes at most.
  static int64_t Size(int64_t slots, int64_t width) {
    return RoundUp(slots, Isa::kColumns) * RoundUp(width, Isa::kColumns);
  }

  MemoryCopy(Direction direction, int64_t width, float *copy) : columns_(direction == kSlotsAreColumns), width_(width), copy_(copy) {}

  void Copy(const AttentionInputs<Isa> &of, const Tensor &memory, int64_t sample, int64_t head) {
    AttentionInputs<Isa>::ForSlots(of.slots, [&](int64_t first, int64_t count) {
      const Matrix b = columns_ ? of.Across(memory, sample, head, width_, first) : of.Along(memory, sample, head, width_, first);
      const Panel panel = PanelOf(count);
      CopyPanel<Isa>(Product{{}, b, {}, {}, 0, panel.columns, panel.depth}, panel, 0, TilesOf<Isa>(panel.columns), Part(first));
    });
  }

  void Scale(int64_t slots, float by) {
    const int64_t size = columns_ ? RoundUp(slots, Isa::kColumns) * width_ : slots * RoundUp(width_, Isa::kColumns);
    for (int64_t i = 0; i < size; ++i) copy_[i] *= by;
  }

  // rows · copy, of the slots before `seen`: (rows, width) → (rows, seen), or (rows, seen) → (rows, width).
  void Multiply(const Matrix &rows, int64_t count_of_rows, int64_t seen, Rows<const float> zeros, Rows<float> result) const {
    AttentionInputs<Isa>::ForSlots(seen, [&](int64_t first, int64_t count) {
      const Panel panel = PanelOf(count);
      const Rows<float> c{columns_ ? result.values + first : result.values, result.step};
      const Rows<const float> start = columns_ || first == 0 ? zeros : Rows<const float>{c.values, c.step};
      const Product product{columns_ ? rows : rows.From(0, first), {}, start, c, count_of_rows, panel.columns, panel.depth};
      MultiplyPanel<Isa>(product, panel, Part(first), nullptr);
    });
  }

 private:
  Panel PanelOf(int64_t count) const { return columns_ ? Panel{0, count, 0, width_} : Panel{0, width_, 0, count}; }
  float *Part(int64_t first) const { return copy_ + first * (columns_ ? width_ : RoundUp(width_, Isa::kColumns)); }

  const bool columns_;
  const int64_t width_;
  float *const copy_;
};

template <typename Isa>
class AttentionKernel {
  using Copy = MemoryCopy<Isa>;
  static constexpr int64_t kRows = kQueries<Isa>;

 public:
  explicit AttentionKernel(const Attributes &attributes) : options_(attributes) {}

  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    Shapes(context, status).Joined(-2, 2, -1);
  }

  void Run(TF_OpKernelContext *context) const {
    const AttentionInputs<Isa> in(context, 0, options_);
    const Tensor result = Output(context, 0, {in.batch, in.length, in.out_width});
    if (SizeOf(result) == 0) return;
    if (in.slots == 0) {
      std::fill(Values(result), Values(result) + SizeOf(result), 0.0f);
      return;
    }

    // Several pieces share a head's rows where there are few heads.
    const int64_t blocks = (in.length + kRows - 1) / kRows;
    const int64_t products = std::min(kRows, in.length) * in.slots * (in.key_width + in.value_width);
    const Pieces pieces = Pieces::OfProducts(in.batch * in.heads * blocks, kSlowness * products);
    const int64_t key_size = Copy::Size(in.slots, in.key_width), value_size = Copy::Size(in.slots, in.value_width);
    const int64_t scratch_size = key_size + value_size + RoundUp(kRows * in.slots, Isa::kColumns);
    thread_local Scratch scratch;
    float *const memory = scratch.OfSize(pieces.threads * scratch_size);
    pieces.Do([&](const Piece &piece) {
      float *const own = memory + piece.thread * scratch_size, *const weights = own + key_size + value_size;
      Copy keys(Copy::kSlotsAreColumns, in.key_width, own);
      Copy values(Copy::kSlotsAreRows, in.value_width, own + key_size);
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t sample = index / blocks / in.heads, head = index / blocks % in.heads, row = index % blocks * kRows;
        const int64_t rows = std::min(kRows, in.length - row), seen = in.Seen(row + rows);
        if (index == piece.begin || row == 0) {
          keys.Copy(in, in.keys, sample, head);
          keys.Scale(in.slots, in.scale);
          values.Copy(in, in.values, sample, head);
        }
        const Rows<float> query = in.HeadRows(in.query, sample, head, in.key_width, row);
        keys.Multiply({query.values, query.step, 1}, rows, seen, in.Zeros(), {weights, seen});
        in.Normalize(sample, head, row, rows, seen, weights);
        in.Drop(sample, head, row, rows, seen, weights);
        values.Multiply({weights, seen, 1}, rows, seen, in.Zeros(), in.HeadRows(result, sample, head, in.value_width, row));
      }
    });
  }

 private:
  const typename AttentionInputs<Isa>::Options options_;
};

// Of dy (B, T, H·V) and the inputs of ChuiAttention, the gradients of query, keys and values.
template <typename Isa>
class AttentionGradKernel {
  using Copy = MemoryCopy<Isa>;
  static constexpr int64_t kRows = kQueries<Isa>;

 public:
  explicit AttentionGradKernel(const Attributes &attributes) : options_(attributes) {}

  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    Shapes shapes(context, status);
    for (int i = 0; i < 3; ++i) shapes.Same(i, i + 1);
  }

  void Run(TF_OpKernelContext *context) const {
    const Tensor dy = Input(context, 0);
    const AttentionInputs<Isa> in(context, 1, options_);
    if (ShapeOf(dy) != std::vector<int64_t>{in.batch, in.length, in.out_width}) {
      throw std::runtime_error("dy must have the shape of the context");
    }
    const Tensor d_query = Output(context, 0, ShapeOf(in.query)), d_keys = Output(context, 1, ShapeOf(in.keys));
    const Tensor d_values = Output(context, 2, ShapeOf(in.values));
    for (const Tensor *each : {&d_query, &d_keys, &d_values}) {
      std::fill(Values(*each), Values(*each) + SizeOf(*each), 0.0f);
    }
    if (SizeOf(in.query) == 0 || SizeOf(in.keys) == 0) return;

    const Pieces pieces =
        Pieces::OfProducts(in.batch * in.heads, kSlowness * in.length * in.slots * (3 * in.key_width + 2 * in.value_width));
    const int64_t key_size = Copy::Size(in.slots, in.key_width), value_size = Copy::Size(in.slots, in.value_width);
    const int64_t block_size = RoundUp(kRows * in.slots, Isa::kColumns);
    const int64_t rows_size = kRows * RoundUp(std::max(in.key_width, in.value_width), Isa::kColumns);
    const int64_t scratch_size = 2 * key_size + value_size + 2 * block_size + rows_size + kRowsCopy<Isa>;
    thread_local Scratch scratch;
    float *const memory = scratch.OfSize(pieces.threads * scratch_size);
    pieces.Do([&](const Piece &piece) {
      float *const own = memory + piece.thread * scratch_size;
      Copy scoring(Copy::kSlotsAreColumns, in.key_width, own);
      Copy keys(Copy::kSlotsAreRows, in.key_width, own + key_size);
      Copy values(Copy::kSlotsAreColumns, in.value_width, own + 2 * key_size);
      float *const weights = own + 2 * key_size + value_size, *const d_scores = weights + block_size;
      float *const copy_of_rows = d_scores + block_size, *const copy_of_weights = copy_of_rows + rows_size;
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t sample = index / in.heads, head = index % in.heads;
        scoring.Copy(in, in.keys, sample, head);
        scoring.Scale(in.slots, in.scale);
        keys.Copy(in, in.keys, sample, head);
        values.Copy(in, in.values, sample, head);
        // target (S, each) += weights (rows, seen)ᵀ · factor (rows, each)
        const auto add_turned = [&](const float *of, int64_t rows, int64_t seen, Rows<float> factor, int64_t each, const Tensor &target) {
          const int64_t step = each * in.heads;
          float *const first = Values(target) + sample * in.slots * step + head * each;
          const Panel panel{0, each, 0, rows};
          const Product product{{of, 1, seen}, {factor.values, factor.step, 1}, {first, step}, {first, step}, seen, each, rows};
          CopyPanel<Isa>(product, panel, 0, TilesOf<Isa>(panel.columns), copy_of_rows);
          MultiplyPanel<Isa>(product, panel, copy_of_rows, copy_of_weights);
        };
        for (int64_t row = 0; row < in.length; row += kRows) {
          const int64_t rows = std::min(kRows, in.length - row), seen = in.Seen(row + rows);
          const Rows<float> query = in.HeadRows(in.query, sample, head, in.key_width, row);
          const Rows<float> upstream = in.HeadRows(dy, sample, head, in.value_width, row);
          scoring.Multiply({query.values, query.step, 1}, rows, seen, in.Zeros(), {weights, seen});
          in.Normalize(sample, head, row, rows, seen, weights);
          values.Multiply({upstream.values, upstream.step, 1}, rows, seen, in.Zeros(), {d_scores, seen});
          in.Drop(sample, head, row, rows, seen, d_scores);
          SoftmaxGradRows(weights, d_scores, d_scores, rows, seen);
          for (int64_t i = 0; i < rows * seen; ++i) d_scores[i] *= in.scale;
          in.Drop(sample, head, row, rows, seen, weights);
          keys.Multiply({d_scores, seen, 1}, rows, seen, in.Zeros(),
                        in.HeadRows(d_query, sample, head, in.key_width, row));
          add_turned(d_scores, rows, seen, query, in.key_width, d_keys);
          add_turned(weights, rows, seen, upstream, in.value_width, d_values);
        }
      }
    });
  }

 private:
  const typename AttentionInputs<Isa>::Options options_;
};

template <typename Isa>
static void RegisterAttentionFor() {
  const Names attributes = {"heads: int >= 1", "causal: bool", "rate: float", "kept: float"};
  RegisterOp("ChuiAttention", attributes,
             {"query: float", "keys: float", "values: float", "allowed: float", "seed: int32"}, {"context: float"},
             &AttentionKernel<Isa>::InferShapes);
  RegisterKernel<AttentionKernel<Isa>>("ChuiAttention");
  RegisterOp("ChuiAttentionGrad", attributes,
             {"dy: float", "query: float", "keys: float", "values: float", "allowed: float", "seed: int32"},
             {"d_query: float", "d_keys: float", "d_values: float"}, &AttentionGradKernel<Isa>::InferShapes);
  RegisterKernel<AttentionGradKernel<Isa>>("ChuiAttentionGrad");
}

static void RegisterAttention() {
  if (!MultipliesMatrices()) return;
  HasAvx512() ? RegisterAttentionFor<Avx512>() : RegisterAttentionFor<Avx2>();
}

#else

static void RegisterAttention() {}

#endif

}  // namespace chui

#endif  // CHUI_ATTENTION_H_
