// Products of few rows with a matrix that lies in memory column by column: each number of such a product is the sum along two
// pieces of memory. See few_rows.h for the other products of few rows.

#ifndef CHUI_DOTS_H_
#define CHUI_DOTS_H_

#include <algorithm>
#include <cstdint>

#include "cpu.h"
#include "matrix.h"
#include "threads.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// Columns of b that are read side by side.
constexpr int kColumnsAtOnce = 4;

// c = start + a · b for some of a's rows and of b's columns: numbers of each lie one after the other.
struct Dots {
  int64_t depth;
  Rows<const float> a, b;
  Rows<const float> start;
  Rows<float> c;
};

// Of kHeight rows and kWidth columns.
template <typename Isa, int kHeight, int kWidth>
static CHUI_INLINE void MultiplyDotsOf(const Dots &dots) {
  using Vector = typename VectorOf<Isa::kNumbers>::Aligned;
  using Anywhere = typename VectorOf<Isa::kNumbers>::Anywhere;
  Vector sums[kHeight][kWidth];
  for (int i = 0; i < kHeight; ++i) {
    for (int j = 0; j < kWidth; ++j) sums[i][j] = Vector{};
  }
  int64_t p = 0;
  for (; p + Isa::kNumbers <= dots.depth; p += Isa::kNumbers) {
    Vector factors[kWidth];
#pragma GCC unroll 4
    for (int j = 0; j < kWidth; ++j) {
      __builtin_prefetch(dots.b[j + kWidth] + p);
      factors[j] = *reinterpret_cast<const Anywhere *>(dots.b[j] + p);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kHeight; ++i) {
      const Vector values = *reinterpret_cast<const Anywhere *>(dots.a[i] + p);
#pragma GCC unroll 4
      for (int j = 0; j < kWidth; ++j) sums[i][j] += values * factors[j];
    }
  }
  for (int i = 0; i < kHeight; ++i) {
    for (int j = 0; j < kWidth; ++j) {
      const float *const lanes = reinterpret_cast<const float *>(&sums[i][j]);
      float parts[4] = {};
      for (int lane = 0; lane < Isa::kNumbers; ++lane) parts[lane % 4] += lanes[lane];
      float sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
      for (int64_t q = p; q < dots.depth; ++q) sum += dots.a[i][q] * dots.b[j][q];
      dots.c[i][j] = dots.start[i][j] + sum;
    }
  }
}

using DotsFunction = void (*)(const Dots &);

// The function for so many rows, and for kColumnsAtOnce columns or one.
template <typename Isa, int kHeight = Isa::kDotRows>
static DotsFunction DotsFunctionFor(int64_t height, int64_t width) {
  if constexpr (kHeight > 1) {
    if (height < kHeight) return DotsFunctionFor<Isa, kHeight - 1>(height, width);
  }
  return width < kColumnsAtOnce ? &Isa::template MultiplyDots<kHeight, 1> : &Isa::template MultiplyDots<kHeight, kColumnsAtOnce>;
}

// Whether a product is one of these: a copy of b, for tiles, would not be read often enough.
template <typename Isa>
static bool HasFewDots(const Product &product) {
  return product.m <= Isa::kFewRows && product.a.column_step == 1 && product.b.row_step == 1;
}

// Computes the columns [begin, end) of a product.
template <typename Isa>
static void MultiplyDotsAlone(const Product &product, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end;) {
    const int64_t width = end - j < kColumnsAtOnce ? 1 : kColumnsAtOnce;
    for (int64_t i = 0; i < product.m; i += Isa::kDotRows) {
      const Rows<const float> a{product.a.From(i, 0).values, product.a.row_step}, b{product.b.From(0, j).values, product.b.column_step};
      const Rows<const float> start{product.start[i] + j, product.start.step};
      DotsFunctionFor<Isa>(product.m - i, width)({product.k, a, b, start, {product.c[i] + j, product.c.step}});
    }
    j += width;
  }
}

// Computes a product by all threads.
template <typename Isa>
static void MultiplyDots(const Product &product) {
  const int64_t groups = (product.n + kColumnsAtOnce - 1) / kColumnsAtOnce;
  const int64_t work = std::max<int64_t>(product.m, 16) * kColumnsAtOnce * product.k;
  Pieces::OfProducts(groups, work).Do([&](const Piece &piece) {
    MultiplyDotsAlone<Isa>(product, piece.begin * kColumnsAtOnce, std::min(product.n, piece.end * kColumnsAtOnce));
  });
}

#endif

}  // namespace chui

#endif  // CHUI_DOTS_H_
