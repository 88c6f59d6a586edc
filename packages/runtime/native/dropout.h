// The op ChuiDropout: x times a mask that it draws as it goes, with the numbers of TensorFlow's StatelessRandomUniform. Its
// gradient is itself, with the same seed.

#ifndef CHUI_DROPOUT_H_
#define CHUI_DROPOUT_H_

#include <cmath>

#include "kernel.h"

namespace chui {

// Philox4x32-10 (Salmon et al., 2011), for a few counters at once: words[i][lane].
static const int kCounters = 16;
struct PhiloxBlock {
  uint32_t words[4][kCounters];
};

static CHUI_INLINE void Philox(PhiloxBlock *block, uint32_t key0, uint32_t key1) {
  uint32_t *__restrict__ a = block->words[0], *__restrict__ b = block->words[1];
  uint32_t *__restrict__ c = block->words[2], *__restrict__ d = block->words[3];
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < kCounters; ++lane) {
      const uint64_t product0 = static_cast<uint64_t>(a[lane]) * 0xd2511f53u;
      const uint64_t product1 = static_cast<uint64_t>(c[lane]) * 0xcd9e8d57u;
      a[lane] = static_cast<uint32_t>(product1 >> 32) ^ b[lane] ^ key0;
      b[lane] = static_cast<uint32_t>(product1);
      c[lane] = static_cast<uint32_t>(product0 >> 32) ^ d[lane] ^ key1;
      d[lane] = static_cast<uint32_t>(product0);
    }
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
}

// The stream of numbers that a seed names.
struct Stream {
  uint32_t key0, key1, high0, high1;

  Stream(int32_t seed, int32_t draw) {
    const auto upper = [](int32_t value) { return value < 0 ? ~0u : 0u; };
    PhiloxBlock mix = {};
    mix.words[0][0] = seed;
    mix.words[1][0] = upper(seed);
    mix.words[2][0] = draw;
    mix.words[3][0] = upper(draw);
    Philox(&mix, 0x3ec8f720u, 0x02461e29u);
    key0 = mix.words[0][0];
    key1 = mix.words[1][0];
    high0 = mix.words[2][0];
    high1 = mix.words[3][0];
  }
};

// How many numbers are drawn at a time.
static const int64_t kDrawn = 4 * kCounters;

// Writes 1/(1 − rate) or 0 for the numbers first to first + kDrawn; first is a multiple of kDrawn. A number is the lower 23
// bits of a word, times 2⁻²³; those from `bound` on are kept.
static CHUI_FAST void DrawMask(const Stream &stream, int64_t first, uint32_t bound, float kept, float *mask) {
  PhiloxBlock block;
  for (int lane = 0; lane < kCounters; ++lane) {
    const uint64_t counter = static_cast<uint64_t>(first / 4 + lane);
    block.words[0][lane] = static_cast<uint32_t>(counter);
    block.words[1][lane] = static_cast<uint32_t>(counter >> 32);
    block.words[2][lane] = stream.high0;
    block.words[3][lane] = stream.high1;
  }
  Philox(&block, stream.key0, stream.key1);
  for (int lane = 0; lane < kCounters; ++lane) {
    for (int word = 0; word < 4; ++word) {
      mask[4 * lane + word] = (block.words[word][lane] & 0x7fffff) >= bound ? kept : 0.0f;
    }
  }
}

template <typename T>
class DropoutKernel {
 public:
  explicit DropoutKernel(const Attributes &attributes)
      : bound_(static_cast<uint32_t>(std::ceil(static_cast<double>(attributes.Float("rate")) * (1 << 23)))),
        kept_(attributes.Float("kept")) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0), seed = Input(context, 1);
    if (SizeOf(seed) != 2) throw std::runtime_error("a seed must be two numbers");
    const Stream stream(Values<int32_t>(seed)[0], Values<int32_t>(seed)[1]);
    const Tensor y = Output(context, 0, ShapeOf(x), TF_TensorType(x.get()));
    const int64_t size = SizeOf(x), blocks = (size + kDrawn - 1) / kDrawn;
    InParts(PartsOf(blocks, 128), blocks, [&](int64_t, int64_t begin, int64_t end) {
      float mask[kDrawn];
      for (int64_t block = begin; block < end; ++block) {
        const int64_t first = block * kDrawn, count = std::min(kDrawn, size - first);
        DrawMask(stream, first, bound_, kept_, mask);
        InBlocks<T>(first, first + count, Values<T>(y), {Values<T>(x)},
                    [&](const float *const *in, float *out, int64_t) {
                      for (int64_t i = 0; i < count; ++i) out[i] = in[0][i] * mask[i];
                    });
      }
    });
  }

 private:
  const uint32_t bound_;
  const float kept_;
};

static void RegisterDropout() {
  RegisterOp("ChuiDropout", {"T: {float, bfloat16}", "rate: float", "kept: float"}, {"x: T", "seed: int32"}, {"y: T"},
             InferSameShape);
  RegisterKernel<DropoutKernel<float>>("ChuiDropout", TF_FLOAT);
  RegisterKernel<DropoutKernel<Bfloat16>>("ChuiDropout", TF_BFLOAT16);
}

}  // namespace chui

#endif  // CHUI_DROPOUT_H_
