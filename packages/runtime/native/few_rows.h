// Products of few rows with a matrix that lies in memory row by row. They take about as long as it takes to read that matrix,
// so it is read once, in the order of memory: a part of the products is a number of its rows, all columns or many.

#ifndef CHUI_FEW_ROWS_H_
#define CHUI_FEW_ROWS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "matrix.h"
#include "threads.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// Rows of b that are added to the sums at once, from registers, and how many rows ahead of them are fetched.
constexpr int kRowsAtOnce = 8;
constexpr int64_t kRowsAhead = kRowsAtOnce;

// Columns whose sums stay in the caches, of few rows.
constexpr int64_t kStripColumns = 384;

// Adds rows of b: see AddRowsOf.
using AddRowsFunction = void (*)(const float *a, int64_t rows, const float *b, int64_t b_step, int64_t columns, float *sums);

// sums += a · b for kCount rows of b. Of a, and of the sums' vectors, those of the rows lie one after the other; the last
// vector of columns may overlap the one before it.
template <typename Isa, int kCount>
static CHUI_INLINE void AddRowsOf(const float *__restrict a, int64_t rows, const float *b, int64_t b_step, int64_t columns,
                                  float *__restrict sums) {
  using Vector = typename VectorOf<Isa::kNumbers>::Aligned;
  using Anywhere = typename VectorOf<Isa::kNumbers>::Anywhere;
  Vector *sum = reinterpret_cast<Vector *>(sums);
  for (int64_t j = 0; j < columns; j += Isa::kNumbers) {
    const float *const column = b + std::min(j, columns - Isa::kNumbers);
    Vector factors[kCount];
#pragma GCC unroll 8
    for (int q = 0; q < kCount; ++q) {
      __builtin_prefetch(column + (q + kRowsAhead) * b_step);
      factors[q] = *reinterpret_cast<const Anywhere *>(column + q * b_step);
    }
    for (int64_t i = 0; i < rows; ++i, ++sum) {
      Vector total = *sum;
#pragma GCC unroll 8
      for (int q = 0; q < kCount; ++q) total += a[i * kCount + q] * factors[q];
      *sum = total;
    }
  }
}

// The function for so many rows.
template <typename Isa, int kCount = kRowsAtOnce>
static AddRowsFunction AddRowsFunctionFor(int64_t count) {
  if constexpr (kCount > 1) {
    if (count < kCount) return AddRowsFunctionFor<Isa, kCount - 1>(count);
  }
  return &Isa::template AddRows<kCount>;
}

// Whether a product is one of these: a copy of b, for tiles, would not be read often enough.
template <typename Isa>
static bool HasFewRows(const Product &product) {
  return product.m <= Isa::kFewRows && product.b.column_step == 1 && product.n >= Isa::kNumbers;
}

// The part of a product's sums that is of the rows [p, p + depth) of b, in some of the columns.
struct Strip {
  int64_t p, depth, column, columns;
};

// So few numbers are copied sooner than a function for it is called.
template <int kNumbers>
static CHUI_INLINE void CopyVector(const float *from, float *to) {
  using Anywhere = typename VectorOf<kNumbers>::Anywhere;
  *reinterpret_cast<Anywhere *>(to) = *reinterpret_cast<const Anywhere *>(from);
}

// Numbers of memory that a strip takes at most.
template <typename Isa>
static int64_t StripMemory(const Product &product) {
  return product.m * (kStripColumns + Isa::kNumbers + RoundUp(product.k, 16));
}

// Writes start, or 0 if there is none, plus a strip's sums.
template <typename Isa>
static void MultiplyStrip(const Product &product, const Strip &strip, const Rows<const float> *start, Rows<float> result,
                          float *memory) {
  constexpr int64_t kNumbers = Isa::kNumbers;
  const int64_t m = product.m;
  float *const sums = memory, *const copy_of_a = memory + m * RoundUp(strip.columns, kNumbers);
  const auto for_vectors = [&](const auto &visit) {
    float *sum = sums;
    for (int64_t j = 0; j < strip.columns; j += kNumbers) {
      const int64_t column = strip.column + std::min(j, strip.columns - kNumbers);
      for (int64_t i = 0; i < m; ++i, sum += kNumbers) visit(i, column, sum);
    }
  };
  for_vectors([&](int64_t i, int64_t column, float *sum) {
    if (start) {
      CopyVector<kNumbers>((*start)[i] + column, sum);
    } else {
      std::fill_n(sum, kNumbers, 0.0f);
    }
  });
  float *a = copy_of_a;
  for (int64_t q = 0; q < strip.depth; q += kRowsAtOnce) {
    const int64_t count = std::min<int64_t>(kRowsAtOnce, strip.depth - q);
    for (int64_t i = 0; i < m; ++i, a += count) {
      const float *const row = product.a.From(i, strip.p + q).values;
      if (count == kRowsAtOnce && product.a.column_step == 1) {
        CopyVector<kRowsAtOnce>(row, a);
      } else {
        for (int64_t p = 0; p < count; ++p) a[p] = row[p * product.a.column_step];
      }
    }
  }
  a = copy_of_a;
  for (int64_t q = 0; q < strip.depth; q += kRowsAtOnce, a += m * kRowsAtOnce) {
    const int64_t count = std::min<int64_t>(kRowsAtOnce, strip.depth - q);
    const float *const b = product.b.From(strip.p + q, strip.column).values;
    AddRowsFunctionFor<Isa>(count)(a, m, b, product.b.row_step, strip.columns, sums);
  }
  for_vectors([&](int64_t i, int64_t column, const float *sum) { CopyVector<kNumbers>(sum, result[i] + column); });
}

// Computes a product by one thread.
template <typename Isa>
static void MultiplyFewRowsAlone(const Product &product, float *memory) {
  for (int64_t column = 0; column < product.n;) {
    const int64_t left = product.n - column;
    // The last strips share what is left, so that each has a vector at least.
    const int64_t columns = left <= kStripColumns ? left : std::min(kStripColumns, left - Isa::kNumbers);
    MultiplyStrip<Isa>(product, {0, product.k, column, columns}, &product.start, product.c, memory);
    column += columns;
  }
}

// Computes a product by all threads. Rows of b are halved, whatever the number of threads: two that read the same pages of
// memory in turn take longer.
template <typename Isa>
static void MultiplyFewRows(const Product &product) {
  const int64_t m = product.m, n = product.n, k = product.k, halves = k >= 32 * kRowsAtOnce ? 2 : 1;
  const int64_t wanted = std::max((n + kStripColumns - 1) / kStripColumns, (WorkThreads() + halves - 1) / halves);
  const int64_t strips = std::max<int64_t>(1, std::min(wanted, n / (4 * Isa::kNumbers)));
  const Pieces pieces = Pieces::OfProducts(strips * halves, std::max<int64_t>(m, 16) * n * k / (strips * halves));
  thread_local Scratch scratch;
  const int64_t second_size = RoundUp(halves == 2 ? m * n : 0, 16), each = RoundUp(StripMemory<Isa>(product), 16);
  float *const second = scratch.OfSize(second_size + pieces.threads * each), *const memory = second + second_size;
  const std::unique_ptr<std::atomic<bool>[]> has_half(new std::atomic<bool>[strips]());
  pieces.Do([&](const Piece &piece) {
    for (int64_t index = piece.begin; index < piece.end; ++index) {
      const int64_t place = index / halves, half = index % halves, middle = k / 16 * 8;
      const auto bound = [&](int64_t strip) { return strip < strips ? n / Isa::kNumbers * strip / strips * Isa::kNumbers : n; };
      const int64_t begin = bound(place), end = bound(place + 1);
      const Strip strip{half == 0 ? 0 : middle, halves == 1 ? k : half == 0 ? middle : k - middle, begin, end - begin};
      MultiplyStrip<Isa>(product, strip, half == 0 ? &product.start : nullptr, half == 0 ? product.c : Rows<float>{second, n},
                         memory + piece.thread * each);
      // Who comes second adds the halves.
      if (halves == 1 || !has_half[place].exchange(true)) continue;
      for (int64_t i = 0; i < m; ++i) {
        float *const sum = product.c[i];
        const float *const more = second + i * n;
        for (int64_t j = begin; j < end; ++j) sum[j] += more[j];
      }
    }
  });
}

#endif

}  // namespace chui

#endif  // CHUI_FEW_ROWS_H_
