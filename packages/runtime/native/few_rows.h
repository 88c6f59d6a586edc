// Products of few rows with a matrix that lies in memory row by row. They take about as long as it takes to read that matrix,
// so it is read once, in the order of memory: a part of the products is a number of its rows, all columns or many.

#ifndef CHUI_FEW_ROWS_H_
#define CHUI_FEW_ROWS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "ahead.h"
#include "matrix.h"
#include "threads.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// Rows of b that are fetched ahead of their time.
constexpr int64_t kRowsAhead = 8;

// Columns whose sums stay in the caches, of few rows.
constexpr int64_t kStripColumns = 384;

// sums += a · b for kCount rows of b and kVectors vectors of columns. Of a, and of the sums of a vector, those of the rows lie
// one after the other.
template <typename Isa, int kCount, int kVectors>
static CHUI_INLINE void AddVectors(const float *__restrict a, int64_t rows, const float *b, int64_t b_step,
                                   typename VectorOf<Isa::kNumbers>::Aligned *__restrict sums) {
  using Vector = typename VectorOf<Isa::kNumbers>::Aligned;
  using Anywhere = typename VectorOf<Isa::kNumbers>::Anywhere;
  Vector factors[kCount][kVectors];
#pragma GCC unroll 8
  for (int q = 0; q < kCount; ++q, b += b_step) {
    __builtin_prefetch(b + kRowsAhead * b_step);
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) factors[q][v] = *reinterpret_cast<const Anywhere *>(b + v * Isa::kNumbers);
  }
  for (int64_t i = 0; i < rows; ++i, a += kCount) {
    Vector totals[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) totals[v] = sums[v * rows + i];
#pragma GCC unroll 8
    for (int q = 0; q < kCount; ++q) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) totals[v] += a[q] * factors[q][v];
    }
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[v * rows + i] = totals[v];
  }
}

// The same for so many columns; the last vector of them may overlap the one before it.
template <typename Isa, int kCount, int kVectors>
static CHUI_INLINE void AddRowsOf(const float *a, int64_t rows, const float *b, int64_t b_step, int64_t columns, float *sums) {
  constexpr int64_t kNumbers = Isa::kNumbers, kTogether = kVectors * kNumbers;
  auto *sum = reinterpret_cast<typename VectorOf<kNumbers>::Aligned *>(sums);
  int64_t j = 0;
  for (; j + kTogether <= columns; j += kTogether, sum += kVectors * rows) {
    AddVectors<Isa, kCount, kVectors>(a, rows, b + j, b_step, sum);
  }
  for (; j < columns; j += kNumbers, sum += rows) {
    AddVectors<Isa, kCount, 1>(a, rows, b + std::min(j, columns - kNumbers), b_step, sum);
  }
}

// The same for `count` rows, kCount at most.
template <typename Isa, int kCount, int kVectors>
static CHUI_INLINE void AddRows(int64_t count, const float *a, int64_t rows, const float *b, int64_t b_step, int64_t columns,
                                float *sums) {
  if constexpr (kCount > 1) {
    if (count < kCount) return AddRows<Isa, kCount - 1, kVectors>(count, a, rows, b, b_step, columns, sums);
  }
  AddRowsOf<Isa, kCount, kVectors>(a, rows, b, b_step, columns, sums);
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

// Two parts of the same columns: who ends first writes its sums, the other one adds to them.
struct Pair {
  std::atomic<bool> has_end{false}, is_written{false};
};

// Numbers of memory that a strip takes at most.
template <typename Isa>
static int64_t StripMemory(const Product &product) {
  return product.m * (kStripColumns + Isa::kNumbers + RoundUp(product.k, 16));
}

// Computes a strip's sums, from start on or from 0, and writes them, or adds them to those of the other strip of a pair. Of b,
// eight registers are added to the sums at once: so many vectors of each row.
template <typename Isa, int kVectors>
static CHUI_INLINE void MultiplyStripBy(const Product &product, const Strip &strip, bool starts, Pair *pair, float *memory) {
  constexpr int64_t kNumbers = Isa::kNumbers, kAtOnce = 8 / kVectors;
  using Anywhere = typename VectorOf<kNumbers>::Anywhere;
  const int64_t m = product.m;
  Anywhere *const sums = reinterpret_cast<Anywhere *>(memory);
  float *const copy_of_a = memory + m * RoundUp(strip.columns, kNumbers);
  Anywhere *sum = sums;
  for (int64_t j = 0; j < strip.columns; j += kNumbers) {
    const int64_t column = strip.column + std::min(j, strip.columns - kNumbers);
    for (int64_t i = 0; i < m; ++i) {
      *sum++ = starts ? *reinterpret_cast<const Anywhere *>(product.start[i] + column) : Anywhere{};
    }
  }
  float *a = copy_of_a;
  const int64_t step = product.a.column_step;
  for (int64_t q = 0; q < strip.depth; q += kAtOnce) {
    const int64_t count = std::min(kAtOnce, strip.depth - q);
    for (int64_t i = 0; i < m; ++i, a += count) {
      const float *const row = product.a.From(i, strip.p + q).values;
      if (count == kAtOnce && step == 1) {
        using Numbers = typename VectorOf<kAtOnce>::Anywhere;
        *reinterpret_cast<Numbers *>(a) = *reinterpret_cast<const Numbers *>(row);
      } else {
        for (int64_t p = 0; p < count; ++p) a[p] = row[p * step];
      }
    }
  }
  a = copy_of_a;
  for (int64_t q = 0; q < strip.depth; q += kAtOnce, a += m * kAtOnce) {
    const int64_t count = std::min(kAtOnce, strip.depth - q);
    AddRows<Isa, kAtOnce, kVectors>(count, a, m, product.b.From(strip.p + q, strip.column).values, product.b.row_step, strip.columns, memory);
  }
  const bool adds = pair && pair->has_end.exchange(true);
  while (adds && !pair->is_written) Pause();
  sum = sums;
  for (int64_t j = 0; j < strip.columns; j += kNumbers) {
    const int64_t first = std::min(j, strip.columns - kNumbers), column = strip.column + first;
    for (int64_t i = 0; i < m; ++i, ++sum) {
      Anywhere *const c = reinterpret_cast<Anywhere *>(product.c[i] + column);
      if (!adds) {
        *c = *sum;
      } else if (first == j) {
        *c += *sum;
      } else {
        for (int64_t lane = j - first; lane < kNumbers; ++lane) (*c)[lane] += (*sum)[lane];
      }
    }
  }
  if (pair && !adds) pair->is_written = true;
}

// The same by as many vectors as suit the product. Two of a row share what is read of a, which takes instructions of its own
// where vectors have 8 numbers, and is the most there is to do but for few rows of a.
template <typename Isa>
static CHUI_INLINE void MultiplyStripOf(const Product &product, const Strip &strip, bool starts, Pair *pair, float *memory) {
  if constexpr (Isa::kNumbers == 8) {
    if (product.m > 8) return MultiplyStripBy<Isa, 2>(product, strip, starts, pair, memory);
  }
  MultiplyStripBy<Isa, 1>(product, strip, starts, pair, memory);
}

// Computes a product by one thread.
template <typename Isa>
static void MultiplyFewRowsAlone(const Product &product, float *memory) {
  for (int64_t column = 0; column < product.n;) {
    const int64_t left = product.n - column;
    // The last strips share what is left, so that each has a vector at least.
    const int64_t columns = left <= kStripColumns ? left : std::min(kStripColumns, left - Isa::kNumbers);
    Isa::MultiplyStrip(product, {0, product.k, column, columns}, true, nullptr, memory);
    column += columns;
  }
}

// Computes a product by all threads. Rows of b are halved, whatever the number of threads: two that read the same pages of
// memory in turn take longer.
template <typename Isa>
static void MultiplyFewRows(const Product &product) {
  const int64_t m = product.m, n = product.n, k = product.k, halves = k >= 256 ? 2 : 1;
  const int64_t wanted = std::max((n + kStripColumns - 1) / kStripColumns, (WorkThreads() + halves - 1) / halves);
  const int64_t strips = std::max<int64_t>(1, std::min(wanted, n / (4 * Isa::kNumbers)));
  const Pieces pieces = Pieces::OfProducts(strips * halves, std::max<int64_t>(m, 16) * n * k / (strips * halves));
  const int64_t memory_of_each = RoundUp(StripMemory<Isa>(product), 16), middle = k / 16 * 8;
  thread_local Scratch scratch;
  float *const memory = scratch.OfSize(pieces.threads * memory_of_each);
  const std::unique_ptr<Pair[]> pairs(new Pair[strips]);
  const auto strip_of = [&](int64_t index) {
    const auto bound = [&](int64_t place) { return place < strips ? n / Isa::kNumbers * place / strips * Isa::kNumbers : n; };
    const int64_t place = index / halves, half = index % halves;
    const int64_t begin = half * middle, end = halves == 2 && half == 0 ? middle : k;
    return Strip{begin, end - begin, bound(place), bound(place + 1) - bound(place)};
  };
  if (pieces.threads > 1) {
    const Strip strip = strip_of(1);  // with which the second thread begins
    const Matrix part = product.b.From(strip.p, strip.column);
    Ahead::Reads(part.values, part.row_step * sizeof(float), strip.depth, strip.columns * sizeof(float));
  }
  pieces.Do([&](const Piece &piece) {
    for (int64_t index = piece.begin; index < piece.end; ++index) {
      Isa::MultiplyStrip(product, strip_of(index), index % halves == 0, halves == 2 ? &pairs[index / halves] : nullptr,
                         memory + piece.thread * memory_of_each);
    }
  });
}

#endif

}  // namespace chui

#endif  // CHUI_FEW_ROWS_H_
