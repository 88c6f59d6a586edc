// The op ChuiCachedAttention: self-attention of the next positions of a sequence, whose keys and values are kept in a cache.
// Position slot + t attends to the slots up to its own, at most so many before it as a window has. For head h of H, which reads
// group g = ⌊h·G/H⌋ of the G heads of keys and values:
//
//   context_h = softmax(scale · query_h · keys_gᵀ) · values_g
//
// It writes the keys and values of these positions into the cache's own memory, which nothing else may share. No other slots
// are written, and none behind the last position are read: a step takes as long as the sequence has become.

#ifndef CHUI_CACHED_ATTENTION_H_
#define CHUI_CACHED_ATTENTION_H_

#include <algorithm>
#include <limits>

#include "kernel.h"
#include "softmax.h"

namespace chui {

// scores[s] = scale · query · key, for keys of so many slots.
static CHUI_FAST void ScoreSlots(const float *query, const float *keys, int64_t slots, int64_t width, float scale,
                                 float *scores) {
  const int64_t whole = width - width % kLanes;
  for (int64_t slot = 0; slot < slots; ++slot) {
    const float *__restrict__ key = keys + slot * width;
    float lanes[kLanes] = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += query[i + lane] * key[i + lane];
    }
    for (int64_t i = whole; i < width; ++i) lanes[i - whole] += query[i] * key[i];
    scores[slot] = scale * SumOf(lanes);
  }
}

// context = Σ weights[s] · values of slot s.
static CHUI_FAST void SumSlots(const float *weights, const float *values, int64_t slots, int64_t width,
                               float *__restrict__ context) {
  for (int64_t i = 0; i < width; ++i) context[i] = 0;
  int64_t slot = 0;
  for (; slot + 4 <= slots; slot += 4) {
    const float *__restrict__ row = values + slot * width;
    const float a = weights[slot], b = weights[slot + 1], c = weights[slot + 2], d = weights[slot + 3];
    for (int64_t i = 0; i < width; ++i) {
      context[i] += (a * row[i] + b * row[width + i]) + (c * row[2 * width + i] + d * row[3 * width + i]);
    }
  }
  for (; slot < slots; ++slot) {
    for (int64_t i = 0; i < width; ++i) context[i] += weights[slot] * values[slot * width + i];
  }
}

class CachedAttentionKernel {
 public:
  explicit CachedAttentionKernel(const Attributes &attributes)
      : heads_(attributes.Int("heads")), window_(attributes.Int("window")), scale_(attributes.Float("scale")) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor query = Input(context, 0), keys = Input(context, 1), values = Input(context, 2);
    const Tensor key_cache = Input(context, 3), value_cache = Input(context, 4), slot = Input(context, 5);
    const Tensor allowed = Input(context, 6);
    const std::vector<int64_t> shape = ShapeOf(query), cached = ShapeOf(key_cache), kept = ShapeOf(value_cache);
    if (shape.size() != 3 || cached.size() != 4 || kept.size() != 4) {
      throw std::runtime_error("queries must have three axes, and caches four");
    }
    const int64_t batch = shape[0], length = shape[1], groups = cached[1], capacity = cached[2], key_width = cached[3],
                  value_width = kept[3];
    if (cached[0] != batch || kept[0] != batch || kept[1] != groups || kept[2] != capacity || heads_ % groups != 0 ||
        shape[2] != heads_ * key_width || SizeOf(keys) != batch * length * groups * key_width ||
        SizeOf(values) != batch * length * groups * value_width || SizeOf(slot) != 1 ||
        SizeOf(allowed) != batch * capacity || value_width != key_width) {
      throw std::runtime_error("sizes of queries, keys, values and caches must belong together");
    }
    const int64_t first = *Values<int32_t>(slot);
    if (first < 0 || first + length > capacity) throw std::runtime_error("the cache must have slots for all positions");

    const Tensor result = Output(context, 0, {batch, length, heads_ * value_width});
    Keep(keys, key_cache, first, length);
    Keep(values, value_cache, first, length);
    const Pieces pieces = Pieces::OfProducts(batch * heads_, length * (first + length) * (key_width + value_width) * 4);
    std::vector<float> memory(pieces.threads * capacity);
    pieces.Do([&](const Piece &piece) {
      float *const scores = memory.data() + piece.thread * capacity;
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t row = index / heads_, head = index % heads_, group = row * groups + head * groups / heads_;
        const float *const own_keys = Values(key_cache) + group * capacity * key_width;
        const float *const own_values = Values(value_cache) + group * capacity * value_width;
        const float *const may = Values(allowed) + row * capacity;
        for (int64_t t = 0; t < length; ++t) {
          const int64_t place = first + t, begin = window_ < 0 ? 0 : std::max<int64_t>(0, place - window_);
          const int64_t slots = place + 1 - begin, at = (row * length + t) * heads_ + head;
          ScoreSlots(Values(query) + at * key_width, own_keys + begin * key_width, slots, key_width, scale_, scores);
          bool any = false;
          for (int64_t s = 0; s < slots; ++s) {
            any |= may[begin + s] != 0;
            if (may[begin + s] == 0) scores[s] = -std::numeric_limits<float>::infinity();
          }
          if (any) {
            SoftmaxRows(scores, scores, 1, slots);
          } else {
            std::fill_n(scores, slots, 0.0f);
          }
          SumSlots(scores, own_values + begin * value_width, slots, value_width, Values(result) + at * value_width);
        }
      }
    });
  }

 private:
  // Writes heads side by side, (B, L, G·W), into slots of a cache (B, G, C, W).
  static void Keep(const Tensor &from, const Tensor &cache, int64_t first, int64_t length) {
    const std::vector<int64_t> shape = ShapeOf(cache);
    const int64_t groups = shape[1], capacity = shape[2], width = shape[3];
    for (int64_t row = 0; row < shape[0]; ++row) {
      for (int64_t t = 0; t < length; ++t) {
        for (int64_t group = 0; group < groups; ++group) {
          std::copy_n(Values(from) + ((row * length + t) * groups + group) * width, width,
                      Values(cache) + ((row * groups + group) * capacity + first + t) * width);
        }
      }
    }
  }

  const int64_t heads_, window_;
  const float scale_;
};

static void RegisterCachedAttention() {
  RegisterOp("ChuiCachedAttention", {"heads: int >= 1", "window: int", "scale: float"},
             {"query: float", "keys: float", "values: float", "key_cache: float", "value_cache: float", "slot: int32",
              "allowed: float"},
             {"context: float"}, InferSameShape, true);
  RegisterKernel<CachedAttentionKernel>("ChuiCachedAttention");
}

}  // namespace chui

#endif  // CHUI_CACHED_ATTENTION_H_
