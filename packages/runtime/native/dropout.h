// The op ChuiDropout: x times a mask that it draws as it goes, with the numbers of TensorFlow's StatelessRandomUniform. Its
// gradient is itself, with the same seed.

#ifndef CHUI_DROPOUT_H_
#define CHUI_DROPOUT_H_

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

// Which numbers are dropped, and what the others are multiplied with. A number is the lower 23 bits of a word, times 2⁻²³;
// those of which the bits are below the bound are dropped.
struct Dropping {
  Stream stream;
  int32_t bound;
  float kept;
};

// Drops of kDrawn numbers, which are those from `first` on of the stream; first is a multiple of kDrawn.
static CHUI_FAST void Drop(const Dropping &dropping, int64_t first, const float *__restrict__ x, float *__restrict__ y) {
  PhiloxBlock block;
  for (int lane = 0; lane < kCounters; ++lane) {
    const uint64_t counter = static_cast<uint64_t>(first / 4 + lane);
    block.words[0][lane] = static_cast<uint32_t>(counter);
    block.words[1][lane] = static_cast<uint32_t>(counter >> 32);
    block.words[2][lane] = dropping.stream.high0;
    block.words[3][lane] = dropping.stream.high1;
  }
  Philox(&block, dropping.stream.key0, dropping.stream.key1);
  float mask[kDrawn];
  for (int lane = 0; lane < kCounters; ++lane) {
    for (int word = 0; word < 4; ++word) {
      const int32_t bits = block.words[word][lane] & 0x7fffff;
      mask[4 * lane + word] = bits >= dropping.bound ? dropping.kept : 0.0f;
    }
  }
  for (int64_t i = 0; i < kDrawn; ++i) y[i] = x[i] * mask[i];
}

#if defined(__x86_64__)
// The same. Compilers do not see that the upper halves of what is multiplied are 0, and take three products for one.
__attribute__((target("avx2"))) static void DropAvx2(const Dropping &dropping, int64_t first, const float *x, float *y) {
  const __m256i low = _mm256_set1_epi64x(0xffffffff);
  const __m256i factor0 = _mm256_set1_epi64x(0xd2511f53), factor1 = _mm256_set1_epi64x(0xcd9e8d57);
  const __m256i bits = _mm256_set1_epi32(0x7fffff), below = _mm256_set1_epi32(dropping.bound - 1);
  const __m256 kept = _mm256_set1_ps(dropping.kept);
  // Four counters a vector, each word of theirs in 64 bits.
  __m256i a[4], b[4], c[4], d[4];
  for (int i = 0; i < 4; ++i) {
    const int64_t counter = first / 4 + 4 * i;
    const __m256i counters = _mm256_add_epi64(_mm256_set1_epi64x(counter), _mm256_set_epi64x(3, 2, 1, 0));
    a[i] = _mm256_and_si256(counters, low);
    b[i] = _mm256_srli_epi64(counters, 32);
    c[i] = _mm256_set1_epi64x(dropping.stream.high0);
    d[i] = _mm256_set1_epi64x(dropping.stream.high1);
  }
  uint32_t key0 = dropping.stream.key0, key1 = dropping.stream.key1;
  for (int round = 0; round < 10; ++round) {
    const __m256i keys0 = _mm256_set1_epi64x(key0), keys1 = _mm256_set1_epi64x(key1);
    for (int i = 0; i < 4; ++i) {
      const __m256i product0 = _mm256_mul_epu32(a[i], factor0), product1 = _mm256_mul_epu32(c[i], factor1);
      a[i] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product1, 32), b[i]), keys0);
      b[i] = _mm256_and_si256(product1, low);
      c[i] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product0, 32), d[i]), keys1);
      d[i] = _mm256_and_si256(product0, low);
    }
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  for (int i = 0; i < 4; ++i) {
    const __m256i ab = _mm256_or_si256(a[i], _mm256_slli_epi64(b[i], 32));
    const __m256i cd = _mm256_or_si256(c[i], _mm256_slli_epi64(d[i], 32));
    const __m256i even = _mm256_unpacklo_epi64(ab, cd), odd = _mm256_unpackhi_epi64(ab, cd);
    const __m256i words[2] = {_mm256_permute2x128_si256(even, odd, 0x20), _mm256_permute2x128_si256(even, odd, 0x31)};
    for (int half = 0; half < 2; ++half) {
      const int64_t at = 16 * i + 8 * half;
      const __m256i is_kept = _mm256_cmpgt_epi32(_mm256_and_si256(words[half], bits), below);
      const __m256 mask = _mm256_and_ps(_mm256_castsi256_ps(is_kept), kept);
      _mm256_storeu_ps(y + at, _mm256_mul_ps(_mm256_loadu_ps(x + at), mask));
    }
  }
}
#endif

using DropBlock = void (*)(const Dropping &, int64_t, const float *, float *);

static DropBlock FastestDrop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return DropAvx2;
#endif
  return Drop;
}

template <typename T>
class DropoutKernel {
 public:
  explicit DropoutKernel(const Attributes &attributes)
      : bound_(static_cast<int32_t>(std::ceil(static_cast<double>(attributes.Float("rate")) * (1 << 23)))),
        kept_(attributes.Float("kept")) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor x = Input(context, 0), seed = Input(context, 1);
    if (SizeOf(seed) != 2) throw std::runtime_error("a seed must be two numbers");
    const Dropping dropping{Stream(Values<int32_t>(seed)[0], Values<int32_t>(seed)[1]), bound_, kept_};
    static const DropBlock drop = FastestDrop();
    const Tensor y = Output(context, 0, ShapeOf(x), TF_TensorType(x.get()));
    const int64_t size = SizeOf(x), blocks = (size + kDrawn - 1) / kDrawn;
    Pieces(blocks, 512).Do([&](const Piece &piece) {
      int64_t place = piece.begin * kDrawn;
      InBlocks<T>(place, std::min(size, piece.end * kDrawn), Values<T>(y), {Values<T>(x)},
                  [&](const float *const *in, float *out, int64_t count) {
                    int64_t done = 0;
                    for (; done + kDrawn <= count; done += kDrawn) drop(dropping, place + done, in[0] + done, out + done);
                    if (done < count) {
                      float rest[kDrawn] = {}, dropped[kDrawn];
                      std::copy(in[0] + done, in[0] + count, rest);
                      drop(dropping, place + done, rest, dropped);
                      std::copy(dropped, dropped + (count - done), out + done);
                    }
                    place += count;
                  });
    });
  }

 private:
  const int32_t bound_;
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
